import { createBucket } from '../../src/operations/buckets/create-bucket.js';
import { getObject } from '../../src/operations/objects/get-object.js';
import { putObject } from '../../src/operations/objects/put-object.js';
import { type IdentityFixture, openIdentityFixture } from './identity-fixture.js';

let fixture: IdentityFixture;

beforeAll(async () => {
  fixture = await openIdentityFixture();
  await createBucket(fixture.admin, { bucket: 'queue' });
});

afterAll(async () => fixture.close());

function put(key: string, text: string, conditions?: { ifNoneMatch: string }) {
  const bytes = Buffer.from(text);
  async function* stream() {
    yield bytes;
  }
  return putObject(fixture.admin, {
    bucket: 'queue',
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

test('writes that wait for a lock do not keep others from being committed', async () => {
  const { pool } = fixture.granary.database;
  const { rows } = await pool.query(`SELECT id FROM bucket WHERE name = 'queue'`);
  const holder = await pool.connect();
  try {
    await holder.query('BEGIN');
    await holder.query('SELECT lock_key($1, $2)', [rows[0].id, 'held']);
    const held = put('held', 'late');
    await put('free', 'now');
    expect(await read('free')).toBe('now');
    await holder.query('COMMIT');
    await held;
    expect(await read('held')).toBe('late');
  } finally {
    holder.release();
  }
});
