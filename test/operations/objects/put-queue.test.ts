import { setTimeout as delay } from 'node:timers/promises';
import type { PoolClient } from 'pg';
import { createBucket } from '../../../src/operations/buckets/create-bucket.js';
import { setBucketVersioning, updateBucket } from '../../../src/operations/buckets/update-bucket.js';
import { deleteObject } from '../../../src/operations/objects/delete-object.js';
import { getObject } from '../../../src/operations/objects/get-object.js';
import { putObject } from '../../../src/operations/objects/put-object.js';
import type { WriteConditions } from '../../../src/operations/types.js';
import { type IdentityFixture, openIdentityFixture } from '../identities/identity-fixture.js';

let fixture: IdentityFixture;

beforeAll(async () => {
  fixture = await openIdentityFixture();
  await createBucket(fixture.admin, { bucket: 'queue' });
});

afterAll(async () => fixture.close());

function put(key: string, text: string, conditions?: WriteConditions, bucket = 'queue') {
  const bytes = Buffer.from(text);
  async function* stream() {
    yield bytes;
  }
  return putObject(fixture.admin, {
    bucket,
    key,
    body: { stream: stream(), length: bytes.length },
    attributes: {},
    ...(conditions === undefined ? {} : { conditions }),
  });
}

async function read(key: string): Promise<string> {
  const { body } = await getObject(fixture.admin, { bucket: 'queue', key });
  return body.kind === 'bytes' ? body.bytes.toString() : 'a stream';
}

async function deadlocks(): Promise<number> {
  const { pool } = fixture.granary.database;
  const { rows } = await pool.query('SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()');
  return Number(rows[0].deadlocks);
}

test('many writers of the same few contents do not wait for each other in a circle', async () => {
  const before = await deadlocks();
  const keys = Array.from({ length: 300 }, (_, i) => `same/${i}`);
  const queue = keys.entries();
  const writer = async () => {
    for (const [i, key] of queue) {
      await put(key, `content ${i % 3}`);
    }
  };
  await Promise.all(Array.from({ length: 32 }, writer));
  expect(await deadlocks()).toBe(before);
  expect(await read('same/299')).toBe('content 2');
});

test('one write of a batch that fails does not fail the others', async () => {
  await put('taken', 'first');
  const results = await Promise.allSettled([
    ...Array.from({ length: 20 }, (_, i) => put(`beside/${i}`, `beside ${i}`)),
    put('taken', 'second', { ifNoneMatch: '*' }),
  ]);
  expect(results.filter((result) => result.status === 'rejected')).toMatchObject([
    { reason: { kind: 'PreconditionFailed' } },
  ]);
  expect(await read('taken')).toBe('first');
  expect(await read('beside/19')).toBe('beside 19');
});

async function untilSomeoneWaits(client: PoolClient): Promise<void> {
  const waiting = `SELECT FROM pg_locks WHERE NOT granted AND locktype = 'advisory'
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
  while ((await client.query(waiting)).rowCount === 0) {
    await delay(5);
  }
}

test('writes that wait for a lock do not keep others from being committed', async () => {
  const { pool } = fixture.granary.database;
  const { rows } = await pool.query(`SELECT id FROM bucket WHERE name = 'queue'`);
  const holder = await pool.connect();
  try {
    await holder.query('BEGIN');
    await holder.query('SELECT lock_key($1, $2)', [rows[0].id, 'held']);
    const held = put('held', 'late');
    await untilSomeoneWaits(holder);
    await put('free', 'now');
    expect(await read('free')).toBe('now');
    await holder.query('COMMIT');
    await held;
    expect(await read('held')).toBe('late');
  } finally {
    holder.release();
  }
});

describe.each([
  ['without versions', undefined, 0],
  ['without versions and with a trash', undefined, 60],
  ['with versions', 'ENABLED', 0],
  ['with versions suspended', 'SUSPENDED', 0],
] as const)('in a bucket %s', (kind, versioning, trashSeconds) => {
  const name = (way: string) => `${way}-${kind.replaceAll(' ', '-')}`.slice(0, 60);

  async function prepare(bucket: string) {
    await createBucket(fixture.admin, { bucket });
    if (trashSeconds > 0) {
      await updateBucket(fixture.admin, { bucket, trashSeconds });
    }
    for (const i of [0, 1, 2, 3]) {
      await put(`k/${i}`, `before ${i}`, undefined, bucket);
    }
    if (versioning === 'SUSPENDED') {
      await setBucketVersioning(fixture.admin, { bucket, versioning: 'ENABLED' });
      await put('k/1', 'a version', undefined, bucket);
    }
    if (versioning !== undefined) {
      await setBucketVersioning(fixture.admin, { bucket, versioning });
    }
    await deleteObject(fixture.admin, { bucket, key: 'k/3' });
  }

  /** New keys, others that are there, one whose latest version is a delete marker, and conditions that hold and fail. */
  const writes: [key: string, text: string, conditions?: WriteConditions][] = [
    ...[0, 1, 2, 3, 4, 5, 6].map((i): [string, string] => [`k/${i}`, 'x'.repeat(i + 1)]),
    ['new/1', 'only new', { ifNoneMatch: '*' }],
    ['new/2', 'not there', { ifMatch: '*' }],
  ];
  const conditional: typeof writes = [
    ['k/0', 'exists', { ifNoneMatch: '*' }],
    ['k/1', 'another tag', { ifMatch: '"00000000000000000000000000000000"' }],
    ['k/2', 'any', { ifMatch: '*' }],
    ['k/3', 'over the marker', { ifNoneMatch: '*' }],
    ['k/4', 'new after all', { ifNoneMatch: '*' }],
    ['k/5', 'there is none', { ifMatch: '*' }],
  ];

  async function outcomes(bucket: string, run: (calls: (() => Promise<unknown>)[]) => Promise<string[]>) {
    await prepare(bucket);
    const attempts = (list: typeof writes) =>
      list.map(
        ([key, text, conditions]) =>
          () =>
            put(key, text, conditions, bucket),
      );
    return [...(await run(attempts(conditional))), ...(await run(attempts(writes)))];
  }

  const outcomeOf = (call: () => Promise<unknown>) =>
    call().then(
      () => 'ok',
      (error) => error.kind,
    );

  async function stateOf(bucket: string) {
    const { pool } = fixture.granary.database;
    const rows = async (query: string) => (await pool.query(query, [bucket])).rows;
    const from = 'JOIN bucket b ON b.id = t.bucket_id WHERE b.name = $1';
    return {
      versions: await rows(
        `SELECT t.key, t.state, t.is_latest, t.is_null, t.delete_marker, t.size, t.stored_size, t.etag, t.purge_after IS NULL AS kept
         FROM object_version t ${from} ORDER BY t.key, t.size, t.delete_marker, t.etag`,
      ),
      usage: await rows(
        `SELECT sum(t.objects) AS objects, sum(t.versions) AS versions, sum(t.bytes) AS bytes, sum(t.stored_bytes) AS stored,
           sum(t.trash_bytes) AS trash FROM bucket_usage t ${from}`,
      ),
      events: await rows(
        `SELECT t.action, t.key, t.object_change, t.byte_change, t.actor_id, t.request_id, t.source_ip, t.actor_name, v.size
         FROM event t LEFT JOIN object_version v ON v.id = t.version_id ${from}
         ORDER BY t.key, t.byte_change, v.size, v.etag, t.action`,
      ),
    };
  }

  test('writes that go together leave what they would leave one by one', async () => {
    const single = await outcomes(name('single'), async (calls) => {
      const results: string[] = [];
      for (const call of calls) {
        results.push(await outcomeOf(call));
      }
      return results;
    });
    const together = await outcomes(name('together'), (calls) => Promise.all(calls.map(outcomeOf)));
    expect(together).toEqual(single);
    expect(new Set(together)).toEqual(new Set(['ok', 'PreconditionFailed', 'NotFound']));
    expect(await stateOf(name('together'))).toEqual(await stateOf(name('single')));
  });
});

test('what a write replaces is counted in its own bucket, whatever goes together with it', async () => {
  await createBucket(fixture.admin, { bucket: 'growing' });
  await createBucket(fixture.admin, { bucket: 'replacing' });
  await Promise.all([0, 1, 2, 3, 4].map((i) => put(`k/${i}`, 'x'.repeat(1000 + i), undefined, 'replacing')));
  for (let round = 0; round < 8; round++) {
    const writes = [0, 1, 2, 3, 4].flatMap((i) => [
      put(`${round}/${i}`, `new ${round} ${i}`, undefined, 'growing'),
      put(`k/${i}`, `replaced ${round} ${i}`, undefined, 'replacing'),
    ]);
    const failing = put('k/0', `refused ${round}`, { ifNoneMatch: '*' }, 'growing').catch(() => undefined);
    await Promise.all([...writes, failing]);
  }
  const { rows } = await fixture.granary.database.pool.query(
    `SELECT b.name, u.versions = v.versions AND u.bytes = v.bytes AND u.stored = v.stored AND u.trash = 0 AS "isExact"
     FROM bucket b, LATERAL (SELECT sum(versions) AS versions, sum(bytes) AS bytes, sum(stored_bytes) AS stored,
         sum(trash_bytes) AS trash FROM bucket_usage WHERE bucket_id = b.id) u,
       LATERAL (SELECT count(*) AS versions, sum(size) AS bytes, sum(stored_size) AS stored FROM object_version
         WHERE bucket_id = b.id AND state = 'COMMITTED') v
     WHERE b.name IN ('growing', 'replacing') ORDER BY b.name`,
  );
  expect(rows).toEqual([
    { name: 'growing', isExact: true },
    { name: 'replacing', isExact: true },
  ]);
});

test('contents that are the same, or there already, and keys that are, may go together', async () => {
  await Promise.all([put('twins/0', 'twin'), put('twins/1', 'twin'), put('twins/2', 'twin'), put('twins/3', 'other')]);
  const { pool } = fixture.granary.database;
  const references = async (key: string) => {
    const { rows } = await pool.query(
      `SELECT b.ref_count AS count FROM object_version v JOIN blob b ON b.id = v.blob_id WHERE v.key = $1 AND v.is_latest`,
      [key],
    );
    return rows[0].count;
  };
  expect(await references('twins/0')).toBe(3);
  await Promise.all([put('twins/4', 'twin'), put('twins/5', 'new'), put('twins/6', 'other')]);
  expect(await references('twins/4')).toBe(4);
  await Promise.all(['a', 'b', 'c', 'd'].map((text) => put('one key', text)));
  expect(await references('one key')).toBe(1);
});

test('what is damaged is healed by a write that goes together with others', async () => {
  await put('damaged', 'precious');
  const { pool } = fixture.granary.database;
  await pool.query(`UPDATE blob SET content = 'broken', damage = 'CORRUPT', damaged_at = now() WHERE size = 8 AND state = 'live'
    AND id = (SELECT blob_id FROM object_version WHERE key = 'damaged' AND is_latest)`);
  const written = await Promise.all([put('healer', 'precious'), put('beside', 'something'), put('also', 'else')]);
  expect(written.map(({ deduplicated }) => deduplicated)).toEqual([true, false, false]);
  expect(await read('damaged')).toBe('precious');
  expect(await read('healer')).toBe('precious');
});
