import { randomBytes } from 'node:crypto';
import { open, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  CreateBucketCommand,
  GetObjectCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
} from '@aws-sdk/client-s3';
import { collectGarbage } from '../../src/operations/collect-garbage.js';
import { placeCopies } from '../../src/operations/place-copies.js';
import { repairBlobs } from '../../src/operations/repair-blob.js';
import { scrub } from '../../src/operations/scrub.js';
import { sweep } from '../../src/operations/sweep.js';
import { verifyBlobs } from '../../src/operations/verify-blobs.js';
import { startTestServer, type TestServer } from '../support/server.js';

interface BlobPlace {
  id: string;
  path: string;
  damage: string | null;
}

const bucket = 'scrubbed';
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ scrubRate: 2 ** 40, gcGraceSeconds: 0 });
  await server.s3.send(new CreateBucketCommand({ Bucket: bucket }));
});

afterAll(() => server.stop());

async function sql<Row>(text: string, values: unknown[] = []): Promise<Row[]> {
  return (await server.granary.database.pool.query(text, values)).rows as Row[];
}

async function put(key: string, body: Buffer, more: Partial<PutObjectCommandInput> = {}): Promise<BlobPlace> {
  await server.s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ...more }));
  return placeOf(key);
}

async function placeOf(key: string): Promise<BlobPlace> {
  const [place] = await sql<BlobPlace>(
    `SELECT b.id, b.path, b.damage FROM object_version v JOIN blob b ON b.id = v.blob_id
     WHERE v.key = $1 AND v.is_latest`,
    [key],
  );
  if (place === undefined) {
    throw new Error(`${key} has no blob`);
  }
  return place;
}

async function get(key: string, more: object = {}): Promise<Buffer> {
  const { Body } = await server.s3.send(new GetObjectCommand({ Bucket: bucket, Key: key, ...more }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

function fileOf(path: string): string {
  return join(server.settings.dataDir, 'blobs', path);
}

async function flipBit(path: string, at: number): Promise<void> {
  const file = await open(fileOf(path), 'r+');
  const byte = Buffer.alloc(1);
  await file.read(byte, 0, 1, at);
  await file.write(Buffer.from([(byte[0] ?? 0) ^ 1]), 0, 1, at);
  await file.close();
}

async function eventsOf(action: string): Promise<{ details: { damage?: string; versions: { key: string }[] } }[]> {
  return sql('SELECT details FROM event WHERE action = $1 ORDER BY id', [action]);
}

const integrityQuery = `query($key: String!) { object(bucket: "${bucket}", key: $key) { integrity storedSize size } }`;

async function integrityOf(key: string): Promise<string> {
  const { data } = await server.graphql(integrityQuery, { key });
  return data.object.integrity;
}

async function setCopies(copies: string[]): Promise<void> {
  const { data } = await server.graphql(
    'mutation($input: SetBucketPlacementInput!) { setBucketPlacement(input: $input) { userErrors { message } } }',
    { input: { bucket, rules: copies.length === 0 ? [] : [{ copies }] } },
  );
  expect(data.setBucketPlacement.userErrors).toEqual([]);
}

describe('a scrub', () => {
  it('finds a flipped bit, a truncated file, a missing file, swapped files and exchanged paths, and nothing else', async () => {
    const content = () => randomBytes(200_000);
    const keys = ['flipped', 'truncated', 'removed', 'swapped-a', 'swapped-b', 'moved-a', 'moved-b', 'good', 'small'];
    const bodies = new Map(keys.map((key) => [key, key === 'small' ? randomBytes(100) : content()]));
    const places = new Map<string, BlobPlace>();
    for (const [key, body] of bodies) {
      places.set(key, await put(key, body));
    }
    const path = (key: string) => places.get(key)?.path ?? '';
    await flipBit(path('flipped'), 150_000);
    await truncate(fileOf(path('truncated')), 100_000);
    await rm(fileOf(path('removed')));
    await rename(fileOf(path('swapped-a')), `${fileOf(path('swapped-a'))}.aside`);
    await rename(fileOf(path('swapped-b')), fileOf(path('swapped-a')));
    await rename(`${fileOf(path('swapped-a'))}.aside`, fileOf(path('swapped-b')));
    await sql('UPDATE blob SET path = NULL WHERE id = $1', [places.get('moved-a')?.id]);
    await sql('UPDATE blob SET path = $2 WHERE id = $1', [places.get('moved-b')?.id, path('moved-a')]);
    await sql('UPDATE blob SET path = $2 WHERE id = $1', [places.get('moved-a')?.id, path('moved-b')]);

    const done = await scrub(server.granary, { start: 'now' });

    expect(done).toMatchObject({ outcome: 'finished', blobs: 9, corrupt: 6, missing: 1, repaired: 0, closed: 0 });
    const damaged = await sql<{ key: string; damage: string }>(
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
    const events = await eventsOf('granary:BlobDamaged');
    expect(events.map(({ details }) => details.versions[0]?.key).sort()).toEqual(damaged.map(({ key }) => key));
    for (const { key } of damaged) {
      await expect(get(key)).rejects.toMatchObject({ name: 'InternalError', $metadata: { httpStatusCode: 500 } });
    }
    expect(await get('good')).toEqual(bodies.get('good'));
    expect(await get('small')).toEqual(bodies.get('small'));
    expect(await integrityOf('removed')).toBe('MISSING');
    expect(await integrityOf('flipped')).toBe('CORRUPT');
    expect(await integrityOf('good')).toBe('OK');
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
      await put(`${key}-again`, bodies.get(key) ?? Buffer.alloc(0));
      expect(await get(key)).toEqual(bodies.get(key));
    }
    const verified = await verifyBlobs(server.granary);
    expect(verified).toMatchObject({ total: 9, blobs: 9, findings: [] });
    expect(verified.bytes).toBeGreaterThan(8 * 200_000);
  });

  it('takes the mark off what is good again', async () => {
    const body = randomBytes(100_000);
    const { path } = await put('comes-back', body);
    const bytes = await readFile(fileOf(path));
    await rm(fileOf(path));
    expect(await scrub(server.granary, { start: 'now' })).toMatchObject({ missing: 1 });
    await writeFile(fileOf(path), bytes);
    await expect(get('comes-back')).rejects.toMatchObject({ name: 'InternalError' });
    expect(await scrub(server.granary, { start: 'now' })).toMatchObject({ missing: 0, corrupt: 0 });
    expect(await get('comes-back')).toEqual(body);
    expect(await eventsOf('granary:BlobRecovered')).toHaveLength(1);
  });

  it('checks presence and length alone of what only a customer has the key of', async () => {
    const key = randomBytes(32);
    const customer = { SSECustomerAlgorithm: 'AES256', SSECustomerKey: key.toString('base64') };
    const { path } = await put('customers', randomBytes(90_000), customer);
    await flipBit(path, 80_000);
    expect(await scrub(server.granary, { start: 'now' })).toMatchObject({ corrupt: 0, missing: 0, closed: 1 });
    await truncate(fileOf(path), 1_000);
    expect(await scrub(server.granary, { start: 'now' })).toMatchObject({ corrupt: 1, closed: 1 });
  });

  it('goes on where it was stopped, and reads each blob once in a round', async () => {
    for (let index = 0; index < 50; index++) {
      await put(`many-${index}`, randomBytes(40_000));
    }
    const [{ count } = { count: 0 }] = await sql<{ count: number }>(
      `SELECT count(*)::int AS count FROM blob WHERE state = 'live'`,
    );
    let blobs = 0;
    let runs = 0;
    for (let outcome = ''; outcome !== 'finished'; runs++) {
      const stop = new AbortController();
      setTimeout(() => stop.abort(), 20);
      const done = await scrub(server.granary, { start: runs === 0 ? 'now' : 'if due', signal: stop.signal });
      expect(done.outcome).not.toBe('not due');
      blobs += done.blobs;
      outcome = done.outcome;
    }
    expect(runs).toBeGreaterThan(1);
    expect(blobs).toBe(count);
    const [round] = await sql<{ blobs: string }>('SELECT blobs FROM scrub_round ORDER BY id DESC LIMIT 1');
    expect(Number(round?.blobs)).toBe(count);
    expect(await scrub(server.granary)).toMatchObject({ outcome: 'not due', blobs: 0 });
  });

  it('counts each blob once when two processes scrub the same round', async () => {
    const [one, two] = await Promise.all([
      scrub(server.granary, { start: 'now', stepMs: 1 }),
      scrub(server.granary, { start: 'now', stepMs: 1 }),
    ]);
    expect([one.outcome, two.outcome]).toContain('finished');
    const [counted] = await sql<{ same: boolean }>(
      `SELECT blobs = (SELECT count(*) FROM blob WHERE state = 'live') AS same FROM scrub_round ORDER BY id DESC LIMIT 1`,
    );
    expect(counted?.same).toBe(true);
  });

  it('keeps to its rate', async () => {
    const [{ bytes } = { bytes: 0 }] = await sql<{ bytes: number }>(
      `SELECT sum(stored_size)::float8 AS bytes FROM blob WHERE state = 'live'`,
    );
    const slow = { ...server.granary, settings: { ...server.settings, scrubRate: Math.round(bytes / 2) } };
    const startedAt = performance.now();
    const done = await scrub(slow, { start: 'now' });
    const seconds = (performance.now() - startedAt) / 1000;
    expect(done.outcome).toBe('finished');
    expect(done.bytes / seconds / slow.settings.scrubRate).toBeGreaterThan(0.8);
    expect(done.bytes / seconds / slow.settings.scrubRate).toBeLessThan(1.2);
  });
});

describe('second copies', () => {
  it('are written to the stores that the placement names, outlive a sweep, and repair what is damaged', async () => {
    await setCopies(['cold']);
    const body = randomBytes(300_000);
    const { id, path } = await put('copied', body);
    expect(await placeCopies(server.granary)).toEqual({ placed: 1, failed: 0 });
    await sweep(server.granary, { staleSeconds: 0 });
    await flipBit(path, 299_000);
    expect(await scrub(server.granary, { start: 'now' })).toMatchObject({ corrupt: 1 + 1, repaired: 1 });
    const repaired = await placeOf('copied');
    expect(repaired).toMatchObject({ id, damage: null });
    expect(repaired.path).not.toBe(path);
    expect(await get('copied')).toEqual(body);
    expect(await eventsOf('granary:BlobRepaired')).toHaveLength(1);
    const aside = await readdir(join(server.settings.dataDir, 'quarantine'));
    expect(aside.filter((name) => name.startsWith(path.replaceAll('/', '_')))).toHaveLength(1);
  });

  it('answer reads of a damaged object until it is repaired', async () => {
    const body = randomBytes(300_000);
    const { path } = await put('served-by-copy', body);
    await placeCopies(server.granary);
    await rm(fileOf(path));
    expect(await get('served-by-copy')).toEqual(body);
    expect(await get('served-by-copy', { Range: 'bytes=1000-1999' })).toEqual(body.subarray(1000, 2000));
    expect(await integrityOf('served-by-copy')).toBe('MISSING');
    expect(await repairBlobs(server.granary)).toBe(1);
    expect(await integrityOf('served-by-copy')).toBe('OK');
    expect(await get('served-by-copy')).toEqual(body);
  });

  it('are made again when they are damaged or gone', async () => {
    const { id } = await put('good-original', randomBytes(120_000));
    await placeCopies(server.granary);
    const copyOf = async () =>
      (await sql<{ path: string; state: string }>('SELECT path, state FROM blob_copy WHERE blob_id = $1', [id]))[0];
    const before = await copyOf();
    await flipBit(before?.path ?? '', 60_000);
    await scrub(server.granary, { start: 'now' });
    expect(await copyOf()).toMatchObject({ state: 'WANTED' });
    expect(await placeCopies(server.granary)).toEqual({ placed: 1, failed: 0 });
    const after = await copyOf();
    expect(after?.state).toBe('PLACED');
    expect(after?.path).not.toBe(before?.path);
    expect((await readFile(fileOf(after?.path ?? ''))).length).toBeGreaterThan(120_000);
  });

  it('leave nothing behind when a process dies while it writes one, nor when their blob goes', async () => {
    const { id } = await put('short-lived', randomBytes(70_000));
    await placeCopies(server.granary);
    const [copy] = await sql<{ path: string }>('SELECT path FROM blob_copy WHERE blob_id = $1', [id]);
    const half = copy?.path ?? '';
    await sql(`UPDATE blob_copy SET state = 'WRITING', next_at = now() WHERE blob_id = $1`, [id]);
    expect(await placeCopies(server.granary)).toEqual({ placed: 1, failed: 0 });
    await expect(readFile(fileOf(half))).rejects.toMatchObject({ code: 'ENOENT' });
    const [again] = await sql<{ path: string }>('SELECT path FROM blob_copy WHERE blob_id = $1', [id]);
    await sql(
      `UPDATE object_version SET blob_id = NULL, state = 'DELETED', is_latest = false WHERE key = 'short-lived'`,
    );
    await sql('UPDATE blob SET ref_count = 0, review_at = now() WHERE id = $1', [id]);
    expect(await collectGarbage(server.granary)).toMatchObject({ condemned: 1 });
    await expect(readFile(fileOf(again?.path ?? ''))).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await sql('SELECT FROM blob WHERE id = $1', [id])).toEqual([]);
    expect(await sql('SELECT FROM blob_copy WHERE blob_id = $1', [id])).toEqual([]);
  });

  it('go with the old bytes when a new upload heals the blob, and are made anew from the new ones', async () => {
    const body = randomBytes(110_000);
    const { id, path } = await put('healed', body);
    await placeCopies(server.granary);
    await flipBit(path, 50_000);
    await sql(`UPDATE blob SET damage = 'CORRUPT', damaged_at = now() WHERE id = $1`, [id]);
    await put('healed-by', body);
    await placeCopies(server.granary);
    await rm(fileOf((await placeOf('healed')).path));
    expect(await get('healed')).toEqual(body);
    await collectGarbage(server.granary);
    expect(await get('healed')).toEqual(body);
    await repairBlobs(server.granary);
  });

  it('of what was written before are made when asked for', async () => {
    await setCopies([]);
    const { id } = await put('before-the-rule', randomBytes(50_000));
    await setCopies(['cold']);
    const { data } = await server.graphql(
      'mutation($input: WantBucketCopiesInput!) { wantBucketCopies(input: $input) { versions wanted next userErrors { message } } }',
      { input: { bucket } },
    );
    expect(data.wantBucketCopies).toMatchObject({ next: null, userErrors: [] });
    expect(data.wantBucketCopies.wanted).toBeGreaterThan(0);
    await placeCopies(server.granary);
    expect(await sql(`SELECT FROM blob_copy WHERE blob_id = $1 AND state = 'PLACED'`, [id])).toHaveLength(1);
  });
});

describe('clients', () => {
  it('notice nothing of scrubs, repairs, copies and garbage collection that run meanwhile', async () => {
    await setCopies(['cold']);
    const bodies = Array.from({ length: 8 }, (_, index) => randomBytes(index % 2 === 0 ? 60_000 : 2_000));
    let running = true;
    let answers = 0;
    const client = async (lane: number) => {
      for (let turn = 0; running; turn++) {
        const body = bodies[(lane + turn) % bodies.length] ?? Buffer.alloc(0);
        await put(`lane-${lane}`, Buffer.concat([body, Buffer.from(`${lane} ${turn % 5}`)]));
        expect((await get(`lane-${lane}`)).subarray(0, body.length)).toEqual(body);
        answers += 1;
        await delay(50);
      }
    };
    const upkeep = async () => {
      for (let turn = 0; turn < 3; turn++) {
        await placeCopies(server.granary);
        const victims = await sql<BlobPlace>(
          `SELECT b.id, b.path FROM blob b JOIN blob_copy c ON c.blob_id = b.id AND c.state = 'PLACED'
           JOIN object_version v ON v.blob_id = b.id AND v.is_latest AND v.key LIKE 'lane-%' WHERE b.damage IS NULL LIMIT 1`,
        );
        for (const { path } of victims) {
          await rm(fileOf(path), { force: true });
        }
        await scrub(server.granary, { start: 'now' });
        await repairBlobs(server.granary);
        await collectGarbage(server.granary, { graceSeconds: 5 });
      }
      running = false;
    };
    await Promise.all([upkeep(), ...[0, 1, 2].map(client)]);
    expect(answers).toBeGreaterThan(10);
  }, 120_000);
});

describe('a scrape of the metrics', () => {
  it('is refused behind a proxy without a token, and needs the token where there is one', async () => {
    expect((await fetch(`${server.httpUrl}/metrics`)).status).toBe(200);
    const forwarded = await fetch(`${server.httpUrl}/metrics`, { headers: { 'x-forwarded-for': '203.0.113.7' } });
    expect(forwarded.status).toBe(403);
    const guarded = await startTestServer({ metricsToken: 'a-token-of-some-length' });
    const scrape = (token?: string) =>
      fetch(`${guarded.httpUrl}/metrics`, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } });
    expect((await scrape()).status).toBe(403);
    expect((await scrape('another-token-of-length')).status).toBe(403);
    const answer = await scrape('a-token-of-some-length');
    expect(answer.status).toBe(200);
    const text = await answer.text();
    expect(text).toContain('granary_blobs{store="hot"} 0');
    expect(text).toContain('process_cpu_seconds_total');
    await guarded.stop();
  });

  it('counts requests by door and operation, with their bytes', async () => {
    await put('measured', randomBytes(50_000));
    await get('measured');
    const text = await (await fetch(`${server.httpUrl}/metrics`)).text();
    expect(text).toMatch(
      /granary_request_duration_seconds_count\{face="s3",operation="putObject",status="2xx"\} [1-9]/,
    );
    expect(text).toMatch(
      /granary_request_duration_seconds_count\{face="s3",operation="getObject",status="2xx"\} [1-9]/,
    );
    const received = Number(/granary_received_bytes_total\{face="s3"\} (\d+)/.exec(text)?.[1]);
    expect(received).toBeGreaterThan(50_000);
  });
});

describe('storage', () => {
  it('is shown to global administrators alone', async () => {
    const { data } = await server.graphql('{ storage { stores { name blobs contentBytes storedBytes } dedupRatio } }');
    expect(data.storage.stores.map((store: { name: string }) => store.name)).toEqual(['cold', 'hot', 'row']);
    expect(data.storage.dedupRatio).toBeGreaterThan(0);
    const { errors } = await server.graphql('{ storage { dedupRatio } }', {}, null);
    expect(errors?.[0]?.extensions?.code).toMatch(/UNAUTHENTICATED|DENIED/);
  });

  it('refuses placement rules that lead nowhere', async () => {
    const { data } = await server.graphql(
      'mutation($input: SetBucketPlacementInput!) { setBucketPlacement(input: $input) { userErrors { code field message } } }',
      { input: { bucket, rules: [{ store: 'nowhere' }] } },
    );
    expect(data.setBucketPlacement.userErrors).toMatchObject([
      { code: 'INVALID_INPUT', field: ['input', 'rules', '0', 'store'] },
    ]);
  });

  it('lets a bucket choose what it compresses', async () => {
    const { data } = await server.graphql(
      'mutation($input: UpdateBucketInput!) { updateBucket(input: $input) { bucket { compression placement { copies } usage { storedBytes } } userErrors { message } } }',
      { input: { bucket, compression: 'ALWAYS' } },
    );
    expect(data.updateBucket).toMatchObject({
      bucket: { compression: 'ALWAYS', placement: [{ copies: ['cold'] }] },
      userErrors: [],
    });
    await put('words', Buffer.from('the same words '.repeat(20_000)));
    const [row] = await sql<{ smaller: boolean }>(
      `SELECT stored_size < size / 10 AS smaller FROM object_version WHERE key = 'words'`,
    );
    expect(row?.smaller).toBe(true);
    expect(await get('words')).toEqual(Buffer.from('the same words '.repeat(20_000)));
  });
});
