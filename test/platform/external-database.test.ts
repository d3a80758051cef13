import { join } from 'node:path';
import { startEmbeddedPostgres } from '../../src/database/embedded.js';
import { temporaryDirectory } from '../support/directory.js';
import { freePort } from '../support/emulators/free-port.js';
import { TestProcess } from '../support/process.js';

test('with DATABASE_URL an external PostgreSQL is used and none is started', async () => {
  await using directory = await temporaryDirectory();
  const port = String(await freePort());
  const external = await startEmbeddedPostgres({
    dataDir: join(directory.path, 'external'),
    log: { debug: () => undefined, error: () => undefined },
    parameters: { fsync: 'off', listen_addresses: '127.0.0.1', port },
  });
  const url = external.url.replace(/@\/.*/, `@127.0.0.1:${port}/granary`);
  const dataDir = join(directory.path, 'data');
  const env = { GRANARY_HTTP_PORT: '0', GRANARY_S3_PORT: '0', GRANARY_DATA_DIR: dataDir, DATABASE_URL: url };
  const granary = new TestProcess(['dist/src/main.js'], { env });
  try {
    const http = (await granary.prints(/GraphQL +(http:\S+)\/graphql/))[1];
    expect((await fetch(`${http}/ready`)).status).toBe(200);
    expect(granary.output).toContain('and the database of DATABASE_URL');
    granary.signalGroup('SIGINT');
    expect(await granary.exited).toBe(0);
  } finally {
    await granary.dispose();
    await external.stop();
  }
}, 60_000);

test('a DATABASE_URL that nobody answers ends the start with a clear error', async () => {
  await using directory = await temporaryDirectory();
  const env = { GRANARY_DATA_DIR: directory.path, DATABASE_URL: 'postgresql://nobody:x@127.0.0.1:1/none' };
  const granary = new TestProcess(['dist/src/main.js'], { env });
  expect(await granary.exited).toBe(1);
  expect(granary.output).toBe('Granary cannot start:\n  The database cannot be reached\n');
});
