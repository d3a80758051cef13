// Starts PostgreSQL on a directory and waits: a process that tests can kill.
import { startEmbeddedPostgres } from '../../dist/src/database/embedded.js';

const quiet = { debug: () => undefined, error: (_facts, message) => process.stderr.write(`${message}\n`) };
try {
  const postgres = await startEmbeddedPostgres({ dataDir: process.argv[2], log: quiet, parameters: { fsync: 'off' } });
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => postgres.stop().then(() => process.exit(0)));
  process.stdout.write(`url ${postgres.url}\n`);
} catch (error) {
  process.stdout.write(`failed ${error.message}\n`);
  process.exit(1);
}
