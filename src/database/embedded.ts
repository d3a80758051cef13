import { existsSync } from 'node:fs';
import { chown, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, escapeIdentifier } from 'pg';
import { packageRoot } from '../config/package-root.js';
import { GranaryError } from '../errors.js';
import { type Account, chooseAccount } from './embedded-account.js';
import { type Binaries, findBinaries } from './embedded-binaries.js';
import { ensureCluster, giveCluster } from './embedded-cluster.js';
import { lockDirectory } from './embedded-lock.js';
import { clearStalePostmaster, readPostmasterFile } from './embedded-pid.js';
import { ServerProcess } from './embedded-process.js';

export interface EmbeddedOptions {
  /** Gets `postgres/`, `keys/postgres-password` and `granary.pid`; made when it is not there. */
  dataDir: string;
  log: { debug(facts: object, message: string): void; error(facts: object, message: string): void };
  /** Settings of postgresql.conf beside or instead of ours, for example `{ fsync: 'off' }` in tests. */
  parameters?: Record<string, string>;
}

export interface EmbeddedPostgres {
  /** Address of the database `granary`, with the password. */
  readonly url: string;
  /** Ends PostgreSQL in order, and gives the data directory free. */
  stop(): Promise<void>;
}

interface Layout {
  readonly cluster: string;
  readonly passwordFile: string;
  readonly lockFile: string;
}

interface Running {
  readonly server: ServerProcess;
  readonly url: string;
  readonly removeSocket: () => Promise<void>;
}

/** The name of the database with everything in it. */
export const EMBEDDED_DATABASE = 'granary';

const port = '5432';
const longestSocketDirectory = 90; // The whole path has room for 107 bytes, and the file's name takes its part.
const stopLimitMs = 60_000;

const defaults: Record<string, string> = {
  listen_addresses: '',
  port,
  max_connections: '200',
  shared_buffers: '128MB',
  unix_socket_permissions: '0700',
  log_timezone: 'UTC',
  timezone: 'UTC',
};

/**
 * Starts PostgreSQL on a data directory, for this process alone; the first time it makes the cluster. It is reached
 * through a socket that only this user can open, and it ends by itself should this process die.
 * @throws GranaryError Conflict when another process works on the directory.
 */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const layout = layoutOf(options.dataDir);
  await makeDataDirectory(options.dataDir);
  const unlock = await lockDirectory(layout.lockFile);
  try {
    const running = await start(options, layout);
    return {
      url: running.url,
      stop: async () => {
        await running.server.stop(stopLimitMs);
        await running.removeSocket();
        await unlock();
      },
    };
  } catch (error) {
    await unlock();
    throw error;
  }
}

/** Where things lie in a data directory. */
export function layoutOf(dataDir: string): Layout {
  return {
    cluster: join(dataDir, 'postgres'),
    passwordFile: join(dataDir, 'keys', 'postgres-password'),
    lockFile: join(dataDir, 'granary.pid'),
  };
}

// Root's directory lets the account of PostgreSQL through, without letting anyone list it.
async function makeDataDirectory(dataDir: string): Promise<void> {
  await mkdir(dirname(dataDir), { recursive: true });
  await mkdir(dataDir, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 });
}

async function start(options: EmbeddedOptions, layout: Layout): Promise<Running> {
  const binaries = await findBinaries();
  const account = chooseAccount(layout.cluster, reached(binaries, layout));
  await clearStalePostmaster(layout.cluster);
  const password = await ensureCluster(layout, binaries.initdb, account);
  await giveCluster(layout.cluster, account);
  const socket = await makeSocketDirectory(layout.cluster, account);
  const parameters: Record<string, string> = {
    ...defaults,
    ...options.parameters,
    unix_socket_directories: socket.directory,
  };
  const server = launch({ options, binaries, account, cluster: layout.cluster, parameters });
  try {
    await untilReady(server, layout.cluster);
    const url = addressOf({ password, host: socket.directory, port: parameters.port ?? port });
    await ensureDatabase(url);
    return { server, url: url(EMBEDDED_DATABASE), removeSocket: socket.remove };
  } catch (error) {
    await server.stop(stopLimitMs).catch(() => undefined);
    await socket.remove();
    throw error;
  }
}

// The libraries and the shared files are looked for beside the binary.
function reached(binaries: Binaries, layout: Layout): string[] {
  const home = dirname(dirname(binaries.postgres));
  const cluster = existsSync(layout.cluster) ? [layout.cluster] : [];
  return [join(home, 'bin'), join(home, 'lib'), join(home, 'share'), packageRoot, dirname(layout.cluster), ...cluster];
}

async function makeSocketDirectory(
  cluster: string,
  account: Account,
): Promise<{ directory: string; remove: () => Promise<void> }> {
  if (Buffer.byteLength(cluster) <= longestSocketDirectory) {
    return { directory: cluster, remove: async () => undefined };
  }
  const directory = await mkdtemp(join(tmpdir(), 'granary-'));
  if (process.getuid?.() === 0) {
    await chown(directory, account.uid, account.gid);
  }
  return { directory, remove: () => rm(directory, { recursive: true, force: true }) };
}

interface Launch {
  options: EmbeddedOptions;
  binaries: Binaries;
  account: Account;
  cluster: string;
  parameters: Record<string, string>;
}

function launch({ options, binaries, account, cluster, parameters }: Launch): ServerProcess {
  const settings = Object.entries(parameters).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  let expected = false;
  const server = new ServerProcess({
    account,
    binary: binaries.postgres,
    args: ['-D', cluster, ...settings],
    onLine: (line) => {
      expected ||= line.includes('shutdown request');
      options.log.debug({ source: 'postgres' }, line);
    },
  });
  server.exited.then(
    (code) => expected || options.log.error({ code, lastLines: server.lastLines }, 'PostgreSQL ended unexpectedly'),
    (error: unknown) => options.log.error({ error }, 'PostgreSQL could not be started'),
  );
  return server;
}

async function untilReady(server: ServerProcess, cluster: string): Promise<void> {
  while (!(await readPostmasterFile(cluster))?.ready) {
    if (!server.running) {
      throw new GranaryError('Unavailable', `PostgreSQL did not start in ${cluster}:\n${server.lastLines}`);
    }
    await delay(20);
  }
}

/** Addresses of the cluster's databases, by their names. */
export function addressOf({ password, host, port: number }: { password: string; host: string; port: string }) {
  return (name: string): string =>
    `postgresql://granary:${password}@/${name}?host=${encodeURIComponent(host)}&port=${number}`;
}

async function ensureDatabase(url: (name: string) => string): Promise<void> {
  const client = new Client({ connectionString: url('postgres') });
  await client.connect();
  try {
    const found = await client.query('SELECT FROM pg_database WHERE datname = $1', [EMBEDDED_DATABASE]);
    if (found.rowCount === 0) {
      await client.query(`CREATE DATABASE ${escapeIdentifier(EMBEDDED_DATABASE)}`);
    }
  } finally {
    await client.end();
  }
}
