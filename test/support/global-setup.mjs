// One PostgreSQL for the whole run, with a template database that test files clone.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compile } from '../../scripts/compile.mjs';

// Losing the test data in a crash of the machine does not matter; waiting for the disk at each commit does.
const parameters = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  shared_buffers: '64MB',
  max_connections: '400',
  wal_level: 'minimal',
  max_wal_senders: '0',
  autovacuum_naptime: '10min',
};

export default async function setup() {
  await import('../../scripts/install-test-programs.mjs');
  const { problems } = await compile();
  for (const problem of problems) {
    process.stderr.write(`${problem}\n`);
  }
  const { startEmbeddedPostgres } = await import('../../dist/src/database/embedded.js');
  const { openDatabase } = await import('../../dist/src/database/database.js');
  const { migrate } = await import('../../dist/src/database/migrate.js');
  const dataDir = await mkdtemp(join(tmpdir(), 'granary-test-'));
  const log = {
    debug: () => undefined,
    error: (facts, message) => process.stderr.write(`${message} ${JSON.stringify(facts)}\n`),
  };
  const postgres = await startEmbeddedPostgres({ dataDir, log, parameters });
  globalThis.granaryTestPostgres = {
    stop: async () => {
      await postgres.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
  try {
    const template = await openDatabase({ url: postgres.url, poolSize: 4 });
    await migrate(template);
    await template.close();
  } catch (error) {
    await globalThis.granaryTestPostgres.stop();
    throw error;
  }
  process.env.TEST_DATABASE_URL = postgres.url;
}
