import { type Database, openDatabase } from '../../src/database/database.js';
import { entities, Tenant, User } from '../../src/entities/index.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

let testDatabase: TestDatabase;
let database: Database;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  database = await openDatabase({ url: testDatabase.url, poolSize: 4, entities });
});

afterAll(async () => {
  await database?.close();
  await testDatabase?.drop();
});

test('the entities say of the schema what the migrations made of it', async () => {
  const difference = await database.orm.schema.getUpdateSchemaSQL({ safe: false, wrap: false });
  // The functions of the hot paths have no entities, so that the ORM would drop them.
  const statements = difference.split('\n').filter((line) => line !== '' && !line.startsWith('drop function'));
  expect(statements).toEqual([]);
});

test('every table but the record of migrations has an entity', async () => {
  const { rows } = await database.pool.query(
    `SELECT table_name FROM information_schema.tables
     WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND table_name <> 'granary_migration'`,
  );
  const mapped = [...database.orm.getMetadata().getAll().values()].map((meta) => meta.tableName);
  expect(rows.map((row) => row.table_name).sort()).toEqual(mapped.sort());
});

test('a row comes back as an entity with numbers, dates and relations, and without its password hash', async () => {
  await database.pool.query(`INSERT INTO tenant (name, display_name, canonical_id) VALUES ('acme', 'Acme', 'c1')`);
  await database.pool.query(
    `INSERT INTO user_account (tenant_id, username, password_hash, role, display_name, canonical_id)
     SELECT id, 'ann', 'hash', 'MEMBER', 'Ann', 'c2' FROM tenant WHERE name = 'acme'`,
  );
  const user = await database.orm.em.fork().findOneOrFail(User, { username: 'ann' }, { populate: ['tenant'] });
  expect(user).toMatchObject({ id: expect.any(Number), createdAt: expect.any(Date), role: 'MEMBER', disabled: false });
  expect(user.tenant).toBeInstanceOf(Tenant);
  expect(user.tenant.name).toBe('acme');
  expect(user.passwordHash).toBeUndefined();
});

test('events are taken and indexed however many people, addresses, buckets and actions they tell of', async () => {
  const record = () =>
    database.pool.query(
      `INSERT INTO event (tenant_id, action, actor_name, bucket_id, request_id, source_ip)
       SELECT 1, gen_random_uuid(), gen_random_uuid(), n, gen_random_uuid(), gen_random_uuid()
       FROM generate_series(1, 4000) n`,
    );
  await record();
  await database.pool.query(`SELECT brin_summarize_range('event_search_index', 0)`);
  // Whoever writes into pages that have been read for the index, writes its entry anew.
  await database.pool.query('DELETE FROM event');
  await database.pool.query('VACUUM (TRUNCATE off) event');
  await record();
});
