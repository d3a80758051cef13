import { randomBytes } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { collectGarbage } from '../../../src/operations/blobs/collect-garbage.js';
import { placeCopies } from '../../../src/operations/blobs/place-copies.js';
import { repairBlobs } from '../../../src/operations/blobs/repair-blob.js';
import { scrub } from '../../../src/operations/blobs/scrub.js';
import { sweep } from '../../../src/operations/blobs/sweep.js';
import type { TestServer } from '../../support/server.js';
import { expectSame, ScrubbedServer } from './scrub-fixture.js';

let files: ScrubbedServer;
let server: TestServer;

beforeAll(async () => {
  files = await ScrubbedServer.start();
  server = files.server;
});

afterAll(() => server.stop());

describe('second copies', () => {
  it('are written to the stores that the placement names, outlive a sweep, and repair what is damaged', async () => {
    await files.setCopies(['cold']);
    const body = randomBytes(300_000);
    const { id, path } = await files.put('copied', body);
    expect(await placeCopies(server.granary)).toEqual({ placed: 1, failed: 0 });
    await sweep(server.granary, { staleSeconds: 0 });
    await files.flipBit(path, 299_000);
    expect(await scrub(server.granary, { start: 'now' })).toMatchObject({ corrupt: 1, repaired: 1 });
    const repaired = await files.placeOf('copied');
    expect(repaired).toMatchObject({ id, damage: null });
    expect(repaired.path).not.toBe(path);
    expectSame(await files.get('copied'), body);
    expect(await files.eventsOf('granary:BlobRepaired')).toHaveLength(1);
    const aside = await readdir(join(server.settings.dataDir, 'quarantine'));
    expect(aside.filter((name) => name.startsWith(path.replaceAll('/', '_')))).toHaveLength(1);
  });

  it('answer reads of a damaged object until it is repaired', async () => {
    const body = randomBytes(300_000);
    const { path } = await files.put('served-by-copy', body);
    await placeCopies(server.granary);
    await rm(files.fileOf(path));
    expectSame(await files.get('served-by-copy'), body);
    expectSame(await files.get('served-by-copy', { Range: 'bytes=1000-1999' }), body.subarray(1000, 2000));
    expect(await files.integrityOf('served-by-copy')).toBe('MISSING');
    expect(await repairBlobs(server.granary)).toBe(1);
    expect(await files.integrityOf('served-by-copy')).toBe('OK');
    expectSame(await files.get('served-by-copy'), body);
  });

  it('are made again when they are damaged or gone', async () => {
    const { id } = await files.put('good-original', randomBytes(120_000));
    await placeCopies(server.granary);
    const copyOf = async () =>
      (
        await files.sql<{ path: string; state: string }>('SELECT path, state FROM blob_copy WHERE blob_id = $1', [id])
      )[0];
    const before = await copyOf();
    await files.flipBit(before?.path ?? '', 60_000);
    await scrub(server.granary, { start: 'now' });
    expect(await copyOf()).toMatchObject({ state: 'WANTED' });
    expect(await placeCopies(server.granary)).toEqual({ placed: 1, failed: 0 });
    const after = await copyOf();
    expect(after?.state).toBe('PLACED');
    expect(after?.path).not.toBe(before?.path);
    expect((await readFile(files.fileOf(after?.path ?? ''))).length).toBeGreaterThan(120_000);
  });

  it('leave nothing behind when a process dies while it writes one, nor when their blob goes', async () => {
    const { id } = await files.put('short-lived', randomBytes(70_000));
    await placeCopies(server.granary);
    const [copy] = await files.sql<{ path: string }>('SELECT path FROM blob_copy WHERE blob_id = $1', [id]);
    const half = copy?.path ?? '';
    await files.sql(`UPDATE blob_copy SET state = 'WRITING', next_at = now() WHERE blob_id = $1`, [id]);
    expect(await placeCopies(server.granary)).toEqual({ placed: 1, failed: 0 });
    await expect(readFile(files.fileOf(half))).rejects.toMatchObject({ code: 'ENOENT' });
    const [again] = await files.sql<{ path: string }>('SELECT path FROM blob_copy WHERE blob_id = $1', [id]);
    await files.sql(
      `UPDATE object_version SET blob_id = NULL, state = 'DELETED', is_latest = false WHERE key = 'short-lived'`,
    );
    await files.sql('UPDATE blob SET ref_count = 0, review_at = now() WHERE id = $1', [id]);
    expect(await collectGarbage(server.granary)).toMatchObject({ condemned: 1 });
    await expect(readFile(files.fileOf(again?.path ?? ''))).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await files.sql('SELECT FROM blob WHERE id = $1', [id])).toEqual([]);
    expect(await files.sql('SELECT FROM blob_copy WHERE blob_id = $1', [id])).toEqual([]);
  });

  it('go with the old bytes when a new upload heals the blob, and are made anew from the new ones', async () => {
    const body = randomBytes(110_000);
    const { id, path } = await files.put('healed', body);
    await placeCopies(server.granary);
    await files.flipBit(path, 50_000);
    await files.sql(`UPDATE blob SET damage = 'CORRUPT', damaged_at = now() WHERE id = $1`, [id]);
    await files.put('healed-by', body);
    await placeCopies(server.granary);
    await rm(files.fileOf((await files.placeOf('healed')).path));
    expectSame(await files.get('healed'), body);
    await collectGarbage(server.granary);
    expectSame(await files.get('healed'), body);
    await repairBlobs(server.granary);
  });

  it('of what was written before are made when asked for', async () => {
    await files.setCopies([]);
    const { id } = await files.put('before-the-rule', randomBytes(50_000));
    await files.setCopies(['cold']);
    const { data } = await server.graphql(
      'mutation($input: WantBucketCopiesInput!) { wantBucketCopies(input: $input) { versions wanted next userErrors { message } } }',
      { input: { bucket: files.bucket } },
    );
    expect(data.wantBucketCopies).toMatchObject({ next: null, userErrors: [] });
    expect(data.wantBucketCopies.wanted).toBeGreaterThan(0);
    await placeCopies(server.granary);
    expect(await files.sql(`SELECT FROM blob_copy WHERE blob_id = $1 AND state = 'PLACED'`, [id])).toHaveLength(1);
  });

  it('of more versions than one call looks at are asked for call by call', async () => {
    await files.setCopies([]);
    await files.put('paged', randomBytes(40_000));
    // 20,000 versions of the same content, as rows alone.
    await files.sql(
      `INSERT INTO object_version (bucket_id, key, blob_id, size, stored_size, etag, content_type, state, is_latest, is_null)
       SELECT v.bucket_id, 'page/' || n, v.blob_id, v.size, v.stored_size, v.etag, v.content_type, v.state, true, true
       FROM object_version v, generate_series(1, 20000) n WHERE v.key = 'paged'`,
    );
    await files.setCopies(['cold']);
    const ask = async (after?: string) => {
      const { data } = await server.graphql(
        'mutation($input: WantBucketCopiesInput!) { wantBucketCopies(input: $input) { versions wanted next userErrors { message } } }',
        { input: { bucket: files.bucket, ...(after === undefined ? {} : { after }) } },
      );
      expect(data.wantBucketCopies.userErrors).toEqual([]);
      return data.wantBucketCopies;
    };
    const first = await ask();
    expect(first).toMatchObject({ versions: 20_000, wanted: 1, next: expect.anything() });
    const second = await ask(first.next);
    expect(second).toMatchObject({ wanted: 0, next: null });
    expect(second.versions).toBeGreaterThan(0);
    await files.sql(`DELETE FROM object_version WHERE key LIKE 'page/%'`);
  });

  it('are made again when their file is gone, while the object is read without notice', async () => {
    const body = randomBytes(90_000);
    const { id } = await files.put('copy-removed', body);
    await placeCopies(server.granary);
    const [copy] = await files.sql<{ path: string }>('SELECT path FROM blob_copy WHERE blob_id = $1', [id]);
    await rm(files.fileOf(copy?.path ?? ''));
    expect(await scrub(server.granary, { start: 'now' })).toMatchObject({ outcome: 'finished' });
    expect(await files.sql(`SELECT state FROM blob_copy WHERE blob_id = $1`, [id])).toEqual([{ state: 'WANTED' }]);
    const events = await files.eventsOf('granary:BlobCopyDamaged');
    expect(events.at(-1)?.details).toMatchObject({ damage: 'MISSING', versions: [{ key: 'copy-removed' }] });
    expect((await files.placeOf('copy-removed')).damage).toBeNull();
    expectSame(await files.get('copy-removed'), body);
    expect(await placeCopies(server.granary)).toEqual({ placed: 1, failed: 0 });
  });

  it('are neither rejected nor taken for a repair when it is the key in the row that is damaged', async () => {
    const { id, path } = await files.put('key-gone', randomBytes(70_000));
    await placeCopies(server.granary);
    await files.damageKey(id);
    expect(await scrub(server.granary, { start: 'now' })).toMatchObject({ repaired: 0 });
    expect(await repairBlobs(server.granary)).toBe(0);
    expect(await files.placeOf('key-gone')).toMatchObject({ path, damage: 'CORRUPT' });
    expect(await files.sql('SELECT state FROM blob_copy WHERE blob_id = $1', [id])).toEqual([{ state: 'PLACED' }]);
  });
});
