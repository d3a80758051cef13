import { Database, openDatabase, statement } from '../../src/database/database.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { eventually } from '../support/process.js';

let testDatabase: TestDatabase;
let database: Database;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = await openDatabase({ url: testDatabase.url, poolSize: 4 });
});

afterAll(async () => {
  await database.close();
  await testDatabase.drop();
});

test('a row has its values in the types that statements promise', async () => {
  const rows = await database.query(
    statement(
      'types',
      `SELECT 9007199254740991::int8 AS big, '{1,NULL}'::int8[] AS many, '{"a":1}'::jsonb AS json,
      '2026-01-02T03:04:05Z'::timestamptz AS at, '\\x00ff'::bytea AS bytes`,
    ),
  );
  expect(rows).toEqual([
    {
      big: 9007199254740991,
      many: [1, null],
      json: { a: 1 },
      at: new Date('2026-01-02T03:04:05Z'),
      bytes: Buffer.from([0, 255]),
    },
  ]);
});

const inTransaction = statement('test_in_transaction', 'INSERT INTO test_unique VALUES ($1) RETURNING id');

test('a transaction that loses to another one is tried again as a whole', async () => {
  await database.query(statement('test_make', 'CREATE TABLE test_unique (id int PRIMARY KEY)'));
  await database.query(inTransaction, [1]);
  let attempts = 0;
  await database.transaction(async (tx) => {
    attempts += 1;
    await tx.query(inTransaction, [attempts]);
    await tx.query(inTransaction, [attempts + 10]);
  });
  expect(attempts).toBe(2);
  const rows = await database.query(statement('test_read', 'SELECT id FROM test_unique ORDER BY id'));
  expect(rows).toEqual([{ id: 1 }, { id: 2 }, { id: 12 }]);
});

test('what the work throws undoes the transaction and is passed on', async () => {
  const failure = new Error('changed my mind');
  const failing = database.transaction(async (tx) => {
    await tx.query(inTransaction, [99]);
    throw failure;
  });
  await expect(failing).rejects.toBe(failure);
  const rows = await database.query(statement('test_read_99', 'SELECT id FROM test_unique WHERE id = 99'));
  expect(rows).toEqual([]);
});

const endOthers = statement(
  'test_end_others',
  `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
   WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name LIKE $1`,
);

const sleepers = statement(
  'test_sleepers',
  `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'`,
);

test('connections that the server ends are replaced', async () => {
  const sleeping = database.query(statement('test_sleep', 'SELECT FROM pg_sleep(15)'));
  const refused = expect(sleeping).rejects.toMatchObject({ kind: 'Unavailable' });
  await eventually(async () => (await database.query(sleepers)).length === 1);
  await database.query(endOthers, ['granary']);
  await refused;
  expect(await database.query(statement('test_one', 'SELECT 1 AS one'))).toEqual([{ one: 1 }]);
});

test('a listener hears payloads, comes back after a lost connection, and then tells of the gap', async () => {
  const heard: string[] = [];
  let gaps = 0;
  const stop = await database.listen(
    'test_channel',
    (payload) => heard.push(payload),
    () => {
      gaps += 1;
    },
  );
  const notify = statement('test_notify', 'SELECT pg_notify($1, $2)');
  await database.query(notify, ['test_channel', 'first']);
  await eventually(() => heard.length === 1);
  await database.query(endOthers, ['granary listen']);
  await eventually(() => gaps === 1);
  await database.query(notify, ['test_channel', 'second']);
  await eventually(() => heard.length === 2);
  expect(heard).toEqual(['first', 'second']);
  await stop();
});

test('a server that does not answer is Unavailable', async () => {
  const opening = openDatabase({ url: 'postgresql://nobody:x@127.0.0.1:1/none', poolSize: 4 });
  await expect(opening).rejects.toMatchObject({ kind: 'Unavailable' });
});

test('PostgreSQL gives a statement up before its caller does, who is told to try again', async () => {
  const [limit] = await database.query<{ limit: string }>(
    statement('test_limit', `SELECT current_setting('statement_timeout') AS limit`),
  );
  expect(limit).toEqual({ limit: '28s' });
  const slow = database.transaction(async (tx) => {
    await tx.query(statement('test_short_limit', 'SET LOCAL statement_timeout = 50'));
    await tx.query(statement('test_slow', 'SELECT FROM pg_sleep(5)'));
  });
  await expect(slow).rejects.toMatchObject({ kind: 'Unavailable' });
});
