import { randomBytes } from 'node:crypto';
import { readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { checkBlob } from '../../../src/operations/blobs/check-blob.js';
import { rememberDamage } from '../../../src/operations/blobs/notice-damage.js';
import { type CheckableBlob, checkableColumns } from '../../../src/operations/blobs/read-through.js';
import { scrub } from '../../../src/operations/blobs/scrub.js';
import { verifyBlobs } from '../../../src/operations/blobs/verify-blobs.js';
import type { Granary } from '../../../src/operations/context.js';
import { Pace } from '../../../src/operations/pace.js';
import type { TestServer } from '../../support/server.js';
import { type BlobPlace, expectSame, ScrubbedServer } from './scrub-fixture.js';

const empty = Buffer.alloc(0);
let files: ScrubbedServer;
let server: TestServer;

beforeAll(async () => {
  files = await ScrubbedServer.start();
  server = files.server;
});

afterAll(() => server.stop());

/** Tells before each reading of a blob which one it is. */
function watchingReads(onRead: (reads: number) => void): Granary {
  let reads = 0;
  const store: Granary['store'] = Object.create(server.granary.store, {
    verifyBlob: {
      value: (...args: Parameters<Granary['store']['verifyBlob']>) => {
        reads += 1;
        onRead(reads);
        return server.granary.store.verifyBlob(...args);
      },
    },
  });
  return { ...server.granary, store };
}

describe('a scrub', () => {
  it('finds a flipped bit, a truncated file, a missing file, swapped files and exchanged paths, and nothing else', async () => {
    const content = () => randomBytes(200_000);
    const keys = ['flipped', 'truncated', 'removed', 'swapped-a', 'swapped-b', 'moved-a', 'moved-b', 'good', 'small'];
    const bodies = new Map(keys.map((key) => [key, key === 'small' ? randomBytes(100) : content()]));
    const places = new Map<string, BlobPlace>();
    for (const [key, body] of bodies) {
      places.set(key, await files.put(key, body));
    }
    const path = (key: string) => places.get(key)?.path ?? '';
    await files.flipBit(path('flipped'), 150_000);
    await truncate(files.fileOf(path('truncated')), 100_000);
    await rm(files.fileOf(path('removed')));
    await rename(files.fileOf(path('swapped-a')), `${files.fileOf(path('swapped-a'))}.aside`);
    await rename(files.fileOf(path('swapped-b')), files.fileOf(path('swapped-a')));
    await rename(`${files.fileOf(path('swapped-a'))}.aside`, files.fileOf(path('swapped-b')));
    await files.sql('UPDATE blob SET path = NULL WHERE id = $1', [places.get('moved-a')?.id]);
    await files.sql('UPDATE blob SET path = $2 WHERE id = $1', [places.get('moved-b')?.id, path('moved-a')]);
    await files.sql('UPDATE blob SET path = $2 WHERE id = $1', [places.get('moved-a')?.id, path('moved-b')]);

    const done = await scrub(server.granary, { start: 'now' });

    expect(done).toMatchObject({ outcome: 'finished', blobs: 9, corrupt: 6, missing: 1, repaired: 0, closed: 0 });
    const damaged = await files.sql<{ key: string; damage: string }>(
      'SELECT v.key, b.damage FROM object_version v JOIN blob b ON b.id = v.blob_id WHERE b.damage IS NOT NULL ORDER BY v.key',
    );
    expect(damaged.map(({ key, damage }) => `${key} ${damage}`)).toEqual([
      'flipped CORRUPT',
      'moved-a CORRUPT',
      'moved-b CORRUPT',
      'removed MISSING',
      'swapped-a CORRUPT',
      'swapped-b CORRUPT',
      'truncated CORRUPT',
    ]);
    const events = await files.eventsOf('granary:BlobDamaged');
    expect(events.map(({ details }) => details.versions[0]?.key).sort()).toEqual(damaged.map(({ key }) => key));
    for (const { key } of damaged) {
      await expect(files.get(key)).rejects.toMatchObject({ name: 'InternalError', $metadata: { httpStatusCode: 500 } });
    }
    expectSame(await files.get('good'), bodies.get('good') ?? empty);
    expectSame(await files.get('small'), bodies.get('small') ?? empty);
    expect(await files.integrityOf('removed')).toBe('MISSING');
    expect(await files.integrityOf('flipped')).toBe('CORRUPT');
    expect(await files.integrityOf('good')).toBe('OK');
    const metrics = await (await fetch(`${server.httpUrl}/metrics`)).text();
    expect(metrics).toMatch(/granary_damaged_blobs_total\{damage="CORRUPT"\} 6/);
    expect(metrics).toMatch(/granary_damaged_blobs_total\{damage="MISSING"\} 1/);

    const { data } = await server.graphql(
      '{ storage { damagedBlobs scrub { finishedAt progress blobs corrupt missing } damaged(first: 5) { nodes { damage versions { key } } pageInfo { hasNextPage } } } }',
    );
    expect(data.storage.scrub).toMatchObject({ progress: 1, blobs: 9, corrupt: 6, missing: 1 });
    expect(data.storage.damaged.nodes).toHaveLength(5);
    expect(data.storage.damaged.pageInfo.hasNextPage).toBe(true);
    expect(data.storage.damaged.nodes[0].versions[0].key).toEqual(expect.any(String));

    // The same content once more gives every blob good bytes again.
    for (const { key } of damaged) {
      await files.put(`${key}-again`, bodies.get(key) ?? empty);
      expectSame(await files.get(key), bodies.get(key) ?? empty);
    }
    const verified = await verifyBlobs(server.granary);
    expect(verified).toMatchObject({ total: 9, blobs: 9, findings: [] });
    expect(verified.bytes).toBeGreaterThan(8 * 200_000);
  });

  it('takes the mark off what is good again', async () => {
    const body = randomBytes(100_000);
    const { path } = await files.put('comes-back', body);
    const bytes = await readFile(files.fileOf(path));
    await rm(files.fileOf(path));
    expect(await scrub(server.granary, { start: 'now' })).toMatchObject({ missing: 1 });
    await writeFile(files.fileOf(path), bytes);
    expectSame(await files.get('comes-back'), body);
    expect(await scrub(server.granary, { start: 'now' })).toMatchObject({ missing: 0, corrupt: 0 });
    expectSame(await files.get('comes-back'), body);
    expect(await files.eventsOf('granary:BlobRecovered')).toHaveLength(1);
  });

  it('checks presence and length alone of what only a customer has the key of', async () => {
    const key = randomBytes(32);
    const customer = { SSECustomerAlgorithm: 'AES256', SSECustomerKey: key.toString('base64') };
    const { path } = await files.put('customers', randomBytes(90_000), customer);
    await files.flipBit(path, 80_000);
    expect(await scrub(server.granary, { start: 'now' })).toMatchObject({ corrupt: 0, missing: 0, closed: 1 });
    await truncate(files.fileOf(path), 1_000);
    expect(await scrub(server.granary, { start: 'now' })).toMatchObject({ corrupt: 1, closed: 1 });
  });

  it('goes on where it was stopped, and reads each blob once in a round', async () => {
    for (let index = 0; index < 50; index++) {
      await files.put(`many-${index}`, randomBytes(40_000));
    }
    const [{ count } = { count: 0 }] = await files.sql<{ count: number }>(
      `SELECT count(*)::int AS count FROM blob WHERE state = 'live'`,
    );
    let blobs = 0;
    let runs = 0;
    for (let outcome = ''; outcome !== 'finished'; runs++) {
      const stop = new AbortController();
      const granary = watchingReads((reads) => reads > 20 && stop.abort());
      const done = await scrub(granary, { start: runs === 0 ? 'now' : 'if due', signal: stop.signal });
      expect(done.outcome).not.toBe('not due');
      blobs += done.blobs;
      outcome = done.outcome;
    }
    expect(runs).toBeGreaterThan(1);
    expect(blobs).toBe(count);
    const [round] = await files.sql<{ blobs: string }>('SELECT blobs FROM scrub_round ORDER BY id DESC LIMIT 1');
    expect(Number(round?.blobs)).toBe(count);
    expect(await scrub(server.granary)).toMatchObject({ outcome: 'not due', blobs: 0 });
  });

  it('counts each blob once when two processes scrub the same round', async () => {
    const [one, two] = await Promise.all([
      scrub(server.granary, { start: 'now', stepMs: 1 }),
      scrub(server.granary, { start: 'now', stepMs: 1 }),
    ]);
    expect([one.outcome, two.outcome]).toContain('finished');
    const [counted] = await files.sql<{ same: boolean }>(
      `SELECT blobs = (SELECT count(*) FROM blob WHERE state = 'live') AS same FROM scrub_round ORDER BY id DESC LIMIT 1`,
    );
    expect(counted?.same).toBe(true);
  });

  it('keeps to its rate', async () => {
    const [{ bytes } = { bytes: 0 }] = await files.sql<{ bytes: number }>(
      `SELECT sum(stored_size)::float8 AS bytes FROM blob WHERE state = 'live'`,
    );
    const slow = { ...server.granary, settings: { ...server.settings, scrubRate: Math.round(bytes / 4) } };
    let best = 0;
    // A machine that stalls makes it slower, never faster.
    for (let round = 0; round < 3 && best <= 0.8; round++) {
      const startedAt = performance.now();
      const done = await scrub(slow, { start: 'now' });
      const seconds = (performance.now() - startedAt) / 1000;
      expect(done.outcome).toBe('finished');
      best = Math.max(best, done.bytes / seconds / slow.settings.scrubRate);
      expect(best).toBeLessThan(1.2);
    }
    expect(best).toBeGreaterThan(0.8);
  });

  it('never bursts after a pause, and ends as soon as it is told to', async () => {
    const stop = new AbortController();
    const pace = new Pace(1_000, stop.signal);
    await delay(1_500);
    await pace.spend(1_000);
    const startedAt = performance.now();
    await pace.spend(300);
    expect(performance.now() - startedAt).toBeGreaterThan(250);
    const long = pace.spend(1_000_000);
    stop.abort();
    await expect(long).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('reads a blob faster than its rate when background work would otherwise end before the blob does', async () => {
    await files.put('long', randomBytes(300_000));
    const slow = { ...server.granary, settings: { ...server.settings, scrubRate: 1024 } };
    const done = await scrub(slow, { start: 'now', longestBlobSeconds: 0.05 });
    expect(done).toMatchObject({ outcome: 'finished' });
  });

  it('takes a wrapped key that is damaged in its row for damage, leaves the copies alone, and heals by a new upload', async () => {
    const body = randomBytes(80_000);
    const { id } = await files.put('broken-key', body);
    await files.damageKey(id);
    expect(await scrub(server.granary, { start: 'now' })).toMatchObject({ outcome: 'finished' });
    expect((await files.placeOf('broken-key')).damage).toBe('CORRUPT');
    const { findings } = await verifyBlobs(server.granary);
    expect(findings).toContainEqual(expect.objectContaining({ blobId: id, damage: 'CORRUPT', part: 'key' }));
    await files.sql(`UPDATE blob SET wrapped_key = 'x' WHERE id = $1`, [id]);
    expect((await verifyBlobs(server.granary)).findings).toContainEqual(
      expect.objectContaining({ blobId: id, part: 'key' }),
    );
    await files.put('broken-key-again', body);
    expectSame(await files.get('broken-key'), body);
    expect((await verifyBlobs(server.granary)).findings.map(({ blobId }) => blobId)).not.toContain(id);
  });

  it('does not take one failure of the medium for damage, but one that comes again', async () => {
    const { id, path } = await files.put('unreadable', randomBytes(60_000));
    const [blob] = await files.sql<CheckableBlob>(`SELECT ${checkableColumns} FROM blob b WHERE b.id = $1`, [id]);
    const known = { ...blob, size: 60_000, storedSize: Number(blob?.storedSize) } as CheckableBlob;
    const failure = Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' });
    const failing = (times: number): Granary => {
      let left = times;
      const store: Granary['store'] = Object.create(server.granary.store, {
        verifyBlob: {
          value: async (...args: Parameters<Granary['store']['verifyBlob']>) => {
            left -= 1;
            return left >= 0 ? Promise.reject(failure) : server.granary.store.verifyBlob(...args);
          },
        },
      });
      return { ...server.granary, store };
    };
    expect(await checkBlob(failing(1), known)).toMatchObject({ damage: null });
    await rememberDamage(server.granary, { ...known, blobId: id, path }, failure);
    expect((await files.placeOf('unreadable')).damage).toBeNull();
    expect(await checkBlob(failing(2), known)).toMatchObject({ damage: 'CORRUPT' });
    expect((await files.placeOf('unreadable')).damage).toBe('CORRUPT');
    expect(await checkBlob(server.granary, { ...known, damage: 'CORRUPT' })).toMatchObject({ damage: null });
    expect((await files.placeOf('unreadable')).damage).toBeNull();
  });
});
