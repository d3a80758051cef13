import { randomBytes } from 'node:crypto';
import { Client } from 'pg';

export interface TestDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/** The run's PostgreSQL; its database `granary` is the template and is never written to. */
export function testServerUrl(): string {
  const url = process.env.TEST_DATABASE_URL;
  if (url === undefined) {
    throw new Error('Tests that need PostgreSQL run through: npm test');
  }
  return url;
}

/** A database of one's own with granary's schema. */
export async function createTestDatabase(): Promise<TestDatabase> {
  return createFrom('granary');
}

/** A database of one's own with nothing in it. */
export async function createEmptyDatabase(): Promise<TestDatabase> {
  return createFrom('template1');
}

async function createFrom(template: string): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  // Many small files: to copy them takes a third of the time that it takes to write all of them to the log as well.
  await administrate(`CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY file_copy`);
  return {
    url: testServerUrl().replace('/granary?', `/${name}?`),
    drop: () => administrate(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

async function administrate(sql: string): Promise<void> {
  const client = new Client({ connectionString: testServerUrl().replace('/granary?', '/postgres?') });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
