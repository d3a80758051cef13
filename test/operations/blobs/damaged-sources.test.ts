import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { collectGarbage } from '../../../src/operations/blobs/collect-garbage.js';
import { markBlob } from '../../../src/operations/blobs/notice-damage.js';
import { placeCopies } from '../../../src/operations/blobs/place-copies.js';
import { repairBlob, repairBlobs } from '../../../src/operations/blobs/repair-blob.js';
import { expectSame, ScrubbedServer } from './scrub-fixture.js';
import { contradictions, customerKey, setClass, storesOf } from './tiers-fixture.js';

let files: ScrubbedServer;

beforeAll(async () => {
  files = await ScrubbedServer.start();
});

afterAll(() => files.server.stop());

afterEach(async () => {
  expect(await contradictions(files.server)).toEqual([]);
});

const move = (key: string, storageClass: string) => setClass(files.server, { bucket: files.bucket, key, storageClass });

async function markCorrupt(id: string): Promise<void> {
  await files.sql(`UPDATE blob SET damage = 'CORRUPT', damaged_at = now() WHERE id = $1`, [id]);
}

async function copiesOf(id: string): Promise<{ path: string }[]> {
  return files.sql(`SELECT path FROM blob_copy WHERE blob_id = $1 AND state = 'PLACED'`, [id]);
}

describe('a write whose own bytes are gone', () => {
  it('is lost when the equal blob is damaged, and leaves that as it was', async () => {
    const { id } = await files.put('claimed', randomBytes(100_000));
    await markCorrupt(id);
    const claim = `SELECT c.blob FROM blob b, claim_blob(gen_random_uuid(), b.scope, b.address, b.size, NULL, b.domain,
      b.stored_size, b.format, b.wrapped_key) c WHERE b.id = $1`;
    expect(await files.sql(claim, [id])).toEqual([{ blob: null }]);
    const rows = await files.sql('SELECT ref_count AS count, damage FROM blob WHERE id = $1', [id]);
    expect(rows).toEqual([{ count: 1, damage: 'CORRUPT' }]);
  });

  it('shares an equal blob that is good', async () => {
    const { id } = await files.put('shared', randomBytes(100_000));
    const claim = `SELECT c.blob, c.deduplicated FROM blob b, claim_blob(gen_random_uuid(), b.scope, b.address, b.size,
      NULL, b.domain, b.stored_size, b.format, b.wrapped_key) c WHERE b.id = $1`;
    expect(await files.sql(claim, [id])).toEqual([{ blob: id, deduplicated: true }]);
    await files.sql('UPDATE blob SET ref_count = 1 WHERE id = $1', [id]);
  });
});

describe('a move to another store', () => {
  it('does not refer to an equal blob that was found damaged meanwhile, but heals it with a copy', async () => {
    const body = randomBytes(200_000);
    await files.put('twin', body, { StorageClass: 'GLACIER_IR' });
    const cold = await files.placeOf('twin');
    const hot = await files.put('moving', body);
    await markCorrupt(cold.id);
    const [outcome] = await files.sql<{ outcome: string }>(
      `SELECT t.outcome FROM object_version v JOIN bucket k ON k.id = v.bucket_id JOIN blob c ON c.id = $2,
         transition_version(k.id, k.revision, v.key, v.id, 'STANDARD', 'GLACIER_IR', ARRAY[v.blob_id], ARRAY[$1], ARRAY[NULL::uuid],
           ARRAY[c.domain], NULL, 0, NULL, 's3:LifecycleTransition', ARRAY['test', NULL, NULL, NULL]) t WHERE v.key = 'moving'`,
      [hot.path, cold.id],
    );
    expect(outcome).toEqual({ outcome: 'lost' });
    expect(await move('moving', 'GLACIER_IR')).toEqual([]);
    expect(await files.placeOf('moving')).toMatchObject({ id: cold.id, damage: null });
    expectSame(await files.get('moving'), body);
    expectSame(await files.get('twin'), body);
  });

  it('finds damage that nobody knew of, and moves what the repair made good', async () => {
    await files.setCopies(['cold']);
    const body = randomBytes(300_000);
    const before = await files.put('rotten', body);
    await placeCopies(files.server.granary);
    await files.setCopies([]);
    await files.flipBit(before.path, 150_000);
    await expect(move('rotten', 'STANDARD_IA')).rejects.toThrow();
    expect(await files.placeOf('rotten')).toEqual({ ...before, damage: 'CORRUPT' });
    expect(await files.sql(`SELECT id FROM blob WHERE state = 'pending'`)).toEqual([]);
    expect(await repairBlobs(files.server.granary)).toBe(1);
    expect(await move('rotten', 'STANDARD_IA')).toEqual([]);
    await collectGarbage(files.server.granary);
    expect(await storesOf(files.server, 'rotten')).toEqual(['cold']);
    expectSame(await files.get('rotten'), body);
  });

  it('leaves bytes that only their reader can check where their copies are known', async () => {
    const key = customerKey();
    await files.setCopies(['cold']);
    const body = randomBytes(300_000);
    const before = await files.put('closed', body, key);
    await placeCopies(files.server.granary);
    await files.setCopies([]);
    expect(await move('closed', 'STANDARD_IA')).toEqual([]);
    expect(await files.placeOf('closed')).toEqual(before);
    expect(await copiesOf(before.id)).toHaveLength(1);
    expect(await files.sql(`SELECT id FROM blob WHERE state = 'pending'`)).toEqual([]);
    expectSame(await files.get('closed', key), body);
    await files.put('closed-alone', body, key);
    expect(await move('closed-alone', 'STANDARD_IA')).toEqual([]);
    expect(await storesOf(files.server, 'closed-alone')).toEqual(['cold']);
  });
});

describe('a copy whose content nobody here can check', () => {
  it('does not take the place of a damaged file', async () => {
    const key = customerKey();
    await files.setCopies(['cold']);
    const before = await files.put('unchecked', randomBytes(300_000), key);
    await placeCopies(files.server.granary);
    await files.setCopies([]);
    const [copy] = await copiesOf(before.id);
    await files.flipBit(copy?.path ?? '', 150_000);
    await rm(files.fileOf(before.path));
    await markCorrupt(before.id);
    expect(await repairBlob(files.server.granary, before.id)).toBe('no good copy');
    expect((await files.placeOf('unchecked')).path).toBe(before.path);
  });
});

describe('a reading that found damage', () => {
  it('says nothing of small content that was healed under it', async () => {
    const body = randomBytes(500);
    const { id } = await files.put('small', body);
    const [row] = await files.sql<{ key: Buffer }>('SELECT wrapped_key AS key FROM blob WHERE id = $1', [id]);
    const wrappedKey = row?.key ?? null;
    await markCorrupt(id);
    await files.put('small-again', body);
    expect((await files.placeOf('small')).damage).toBeNull();
    expect(await markBlob(files.server.granary, { blobId: id, path: null, wrappedKey }, 'CORRUPT')).toBe(false);
    expect((await files.placeOf('small')).damage).toBeNull();
  });
});
