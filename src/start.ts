import { gatherFromPrimary } from './cluster-metrics.js';
import type { Settings } from './config/settings.js';
import { startEmbeddedPostgres } from './database/embedded.js';
import { migrate } from './database/migrate.js';
import { startSealing } from './jobs/audit.js';
import { startFolderJobs } from './jobs/folder-jobs.js';
import { startCountingFolders } from './jobs/folders.js';
import { startNotifications } from './jobs/notifications.js';
import { startReplication } from './jobs/replication.js';
import { startIndexing } from './jobs/search.js';
import { type Addresses, listen } from './listen.js';
import { type Closers, connectDatabase, openGranary } from './open-granary.js';
import { refuseUnfinishedRestore } from './operations/backup/restore-marker.js';
import type { Granary, Log } from './operations/context.js';
import { bootstrap, type FirstStart } from './operations/identities/bootstrap.js';

export interface StartOptions {
  readonly log: Log;
  /** `none` leaves background work to other processes, or to the caller. */
  readonly jobs?: 'run' | 'none';
}

export interface RunningGranary extends Addresses {
  readonly granary: Granary;
  /** The secrets that this start has made, which nobody sees again; null when it has made none. */
  readonly firstStart: FirstStart | null;
  /** Stops accepting, lets what is under way finish, and closes everything in order. */
  stop(): Promise<void>;
}

/** What the process that owns the data has made ready for itself and for workers. */
export interface Prepared {
  readonly granary: Granary;
  readonly firstStart: FirstStart | null;
  readonly databaseUrl: string;
}

/** Starts all of granary in this process. When a part does not start, those before it are stopped again. */
export async function startGranary(settings: Settings, options: StartOptions): Promise<RunningGranary> {
  return starting(async (closers) => {
    const { granary, firstStart } = await prepare(settings, options, closers);
    const addresses = await listen(granary, closers);
    return { ...addresses, granary, firstStart };
  });
}

/** Starts what serves the ports, on data that another process has prepared. */
export async function startWorker(
  settings: Settings,
  url: string,
  log: Log,
): Promise<Addresses & { stop(): Promise<void> }> {
  return starting(async (closers) => {
    const database = await connectDatabase({ url, settings, log, closers });
    const granary = await openGranary({ database, settings, log, closers });
    gatherFromPrimary(granary.metrics);
    return listen(granary, closers);
  });
}

/** Starts what there is only one of: the database, its schema, the first secrets and the background work. */
export async function prepare(settings: Settings, options: StartOptions, closers: Closers): Promise<Prepared> {
  const { log } = options;
  await refuseUnfinishedRestore(settings.dataDir);
  const databaseUrl = settings.databaseUrl ?? (await startDatabase(settings, log, closers));
  const database = await connectDatabase({ url: databaseUrl, settings, log, closers });
  await migrate(database);
  const granary = await openGranary({ database, settings, log, closers });
  const firstStart = await bootstrap(granary);
  if (settings.databaseUrl === undefined) {
    // The lock of the embedded database says that nobody else writes here: what is staged was left by a crash.
    await granary.store.sweepStaging(0);
  }
  if (options.jobs !== 'none') {
    // Loaded here, as processes without jobs need nothing of it.
    const { startJobs } = await import('./jobs/jobs.js');
    const jobs = await startJobs(granary);
    closers.defer(() => jobs.stop());
    const replication = startReplication(granary);
    closers.defer(() => replication.stop());
    const notifications = await startNotifications(granary);
    closers.defer(() => notifications.stop());
    const sealing = startSealing(granary);
    closers.defer(() => sealing.stop());
    const counting = startCountingFolders(granary);
    closers.defer(() => counting.stop());
    const indexing = await startIndexing(granary);
    closers.defer(() => indexing.stop());
    const folderJobs = startFolderJobs(granary);
    closers.defer(() => folderJobs.stop());
  }
  return { granary, firstStart, databaseUrl };
}

/** Runs the start, and gives its result a `stop` that closes everything once, in the reverse order. */
export async function starting<T extends object>(
  start: (closers: Closers) => Promise<T>,
): Promise<T & { stop(): Promise<void> }> {
  const closers = new AsyncDisposableStack();
  try {
    const started = await start(closers);
    let stopped: Promise<void> | undefined;
    return {
      ...started,
      stop: () => {
        stopped ??= closers.disposeAsync();
        return stopped;
      },
    };
  } catch (error) {
    await closers.disposeAsync();
    throw error;
  }
}

async function startDatabase(settings: Settings, log: Log, closers: Closers): Promise<string> {
  // The process that owns the data needs its pool, the listener and the jobs; each worker a pool and a listener.
  const processes = settings.workers > 1 ? settings.workers + 1 : 1;
  const connections = processes * (settings.databasePool + 2) + 20;
  const postgres = await startEmbeddedPostgres({
    dataDir: settings.dataDir,
    log,
    parameters: { max_connections: String(connections) },
  });
  closers.defer(() => postgres.stop());
  return postgres.url;
}
