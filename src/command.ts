import 'reflect-metadata';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Host } from './cli/host.js';
import { runProgram } from './cli/program.js';
import { exitCodes, explain } from './cli/run-command.js';
import { loadSettings, type Settings } from './config/settings.js';
import { startEmbeddedPostgres } from './database/embedded.js';
import { requireMigrated } from './database/migrate.js';
import { findRunningPostgres } from './database/running-postgres.js';
import { GranaryError } from './errors.js';
import { createLog } from './log.js';
import { type Closers, connectDatabase, openGranary, openStores } from './open-granary.js';
import { refuseUnfinishedRestore } from './operations/backup/restore-marker.js';

/** Runs a command on the data that the settings name, and ends the process with its exit code. */
async function main(): Promise<void> {
  const settings = loadSettings(process.env);
  const closers = new AsyncDisposableStack();
  let code: number = exitCodes.done;
  try {
    await runProgram(process.argv.slice(2), {
      host: createHost(settings, closers),
      write: (text) => process.stdout.write(text),
      writeError: (text) => process.stderr.write(text),
      exit: (exitCode) => {
        code = exitCode;
      },
    });
  } finally {
    await closers.disposeAsync();
  }
  process.exitCode = code;
}

function createHost(settings: Settings, closers: Closers): Host {
  // What commands do is printed; the log is for what goes wrong beside it.
  const log = createLog(settings.logLevel === 'info' ? 'warn' : settings.logLevel);
  const connect = (url: string) => connectDatabase({ url, settings, log, closers });
  const start = async (): Promise<string> => {
    const postgres = await startEmbeddedPostgres({ dataDir: settings.dataDir, log });
    closers.defer(() => postgres.stop());
    return postgres.url;
  };
  return {
    settings,
    openGranary: async () => {
      await refuseUnfinishedRestore(settings.dataDir);
      const database = await connect(settings.databaseUrl ?? (await findEmbedded(settings.dataDir, start)));
      await requireMigrated(database);
      return openGranary({ database, settings, log, closers });
    },
    openEmpty: async () => {
      const database = await connect(settings.databaseUrl ?? (await start()));
      return { database, store: await openStores({ settings, log, closers }) };
    },
  };
}

/** The database of the server that runs, or one of our own while none does. */
async function findEmbedded(dataDir: string, start: () => Promise<string>): Promise<string> {
  const running = await findRunningPostgres(dataDir);
  if (running !== undefined) {
    return running;
  }
  if (!existsSync(join(dataDir, 'postgres', 'PG_VERSION'))) {
    throw new GranaryError('NotFound', `There is no database in ${dataDir}. Set GRANARY_DATA_DIR or DATABASE_URL.`);
  }
  return start();
}

main().catch((error: unknown) => {
  process.stderr.write(explain(error));
  process.exitCode = exitCodes.failed;
});
