import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { eventually } from '../support/process.js';
import { startTestServer, type TestServer } from '../support/server.js';

// So long that a busy machine has answered everything else by then.
const queryTimeoutMs = 3000;
let server: TestServer;
/** Two connections, for what one sees of the others stays the same in a transaction. */
let locker: pg.Client;
let observer: pg.Client;

beforeAll(async () => {
  server = await startTestServer({ queryTimeoutMs });
  await server.graphql('mutation { createBucket(input: { name: "slow" }) { userErrors { message } } }');
  [locker, observer] = [0, 1].map(() => new pg.Client({ connectionString: server.settings.databaseUrl })) as [
    pg.Client,
    pg.Client,
  ];
  await locker.connect();
  await observer.connect();
});

afterAll(async () => {
  await locker.end();
  await observer.end();
  await server.stop();
});

const listing = '{ bucket(name: "slow") { objects(first: 10) { totalCount nodes { key } } } }';

/** How many statements of the server wait for a lock. */
async function waiting(): Promise<number> {
  const { rows } = await observer.query(
    `SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
  );
  return rows[0].count;
}

test('a query that takes too long is answered, and the database stops working for it', async () => {
  expect((await server.graphql(listing)).errors).toBeUndefined();
  await locker.query('BEGIN; LOCK TABLE object_version IN ACCESS EXCLUSIVE MODE');
  try {
    const asked = server.graphql(listing);
    await eventually(async () => (await waiting()) > 0);
    const { data, errors } = await asked;
    expect(data).toBeNull();
    expect(errors).toEqual([
      { message: expect.stringContaining('longer than 3 seconds'), extensions: { code: 'TIMEOUT' } },
    ]);
    // Long before the lock is given back, and before PostgreSQL's own limit.
    await eventually(async () => (await waiting()) === 0);
  } finally {
    await locker.query('ROLLBACK');
  }
  expect((await server.graphql(listing)).errors).toBeUndefined();
  expect(server.problems).toEqual([]);
});

test('what the ORM asks is ended too', async () => {
  await locker.query('BEGIN; LOCK TABLE user_group IN ACCESS EXCLUSIVE MODE');
  try {
    const { errors } = await server.graphql('{ groups(first: 10) { nodes { name } } }');
    expect(errors?.[0]?.extensions?.code).toBe('TIMEOUT');
    await eventually(async () => (await waiting()) === 0);
  } finally {
    await locker.query('ROLLBACK');
  }
});

test('a mutation is not ended halfway', async () => {
  await locker.query('BEGIN; LOCK TABLE user_group IN ACCESS EXCLUSIVE MODE');
  const asked = server.graphql('mutation { createGroup(input: { name: "late" }) { group { name } } }');
  await eventually(async () => (await waiting()) > 0);
  await delay(queryTimeoutMs + 1000);
  await locker.query('ROLLBACK');
  expect(await asked).toMatchObject({ data: { createGroup: { group: { name: 'late' } } } });
});
