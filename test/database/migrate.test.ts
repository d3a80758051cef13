import { openDatabase, statement } from '../../src/database/database.js';
import { migrate } from '../../src/database/migrate.js';
import { entities } from '../../src/entities/index.js';
import { createEmptyDatabase, createTestDatabase } from '../support/database.js';

const countMigrations = statement('test_migrations', 'SELECT count(*) AS count FROM granary_migration');

test('an empty database is brought up by several processes at once, each migration once', async () => {
  const empty = await createEmptyDatabase();
  const databases = await Promise.all([1, 2, 3].map(() => openDatabase({ url: empty.url, poolSize: 4, entities })));
  try {
    await Promise.all(databases.map(migrate));
    const [first] = databases;
    const listed = first?.orm.config.get('migrations').migrationsList ?? [];
    expect(await first?.query(countMigrations)).toEqual([{ count: listed.length }]);
    await first?.query(statement('test_tables', 'SELECT FROM object_version, blob, bucket, tenant'));
  } finally {
    await Promise.all(databases.map((database) => database.close()));
    await empty.drop();
  }
});

test('the entities say what the migrations make', async () => {
  const migrated = await createTestDatabase();
  const database = await openDatabase({ url: migrated.url, poolSize: 4, entities });
  try {
    expect(await database.orm.schema.getUpdateSchemaSQL({ wrap: false })).toBe('');
  } finally {
    await database.close();
    await migrated.drop();
  }
});
