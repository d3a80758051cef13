// One PostgreSQL, one granary and one bare server on it, each a process of its own, in a directory that goes with them.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { signedHeaders } from './sign.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const key = { accessKeyId: 'BENCHACCESSKEY', secretAccessKey: 'bench-secret-access-key-0123456789' };
const password = 'bench-admin-password';

const s3Address = /S3[^\n]*http:\/\/127\.0\.0\.1:(\d+)/;

export async function startEnvironment({ workers = 1 } = {}) {
  const directory = await mkdtemp(join(process.env.BENCH_DIR ?? tmpdir(), 'granary-bench-'));
  const { startEmbeddedPostgres } = await import('../dist/src/database/embedded.js');
  const log = { debug: () => undefined, info: () => undefined, warn: console.error, error: console.error };
  const postgres = await startEmbeddedPostgres({
    dataDir: join(directory, 'database'),
    log,
    parameters: { max_connections: '200' },
  });
  const settings = {
    PATH: process.env.PATH,
    DATABASE_URL: postgres.url,
    GRANARY_DATA_DIR: join(directory, 'data'),
    GRANARY_HTTP_PORT: '0',
    GRANARY_S3_PORT: '0',
    GRANARY_ADMIN_PASSWORD: password,
    GRANARY_ROOT_ACCESS_KEY: key.accessKeyId,
    GRANARY_ROOT_SECRET_KEY: key.secretAccessKey,
    GRANARY_WORKERS: String(workers),
    NODE_ENV: 'production',
    ...(process.env.BENCH_NODE_OPTIONS === undefined ? {} : { NODE_OPTIONS: process.env.BENCH_NODE_OPTIONS }),
  };
  const main = join(root, 'dist/src/main.js');
  const granary = await startProcess([main], s3Address, settings);
  let clear;
  // The same rows and directories, but what nobody asks to encrypt is stored in the clear. It follows all events, so that
  // only the sections that need it pay for it.
  const startClear = async () => {
    clear ??= await startProcess([main], s3Address, { ...settings, GRANARY_ENCRYPTION: 'off' });
    return { port: Number(clear.match[1]), pid: clear.child.pid };
  };
  const startBare = async (file, ...args) => {
    const { match, stop } = await startProcess([join(root, 'bench', file), ...args], /listening on (\d+)/, {
      PATH: process.env.PATH,
      NODE_ENV: 'production',
    });
    return { port: Number(match[1]), stop };
  };
  const bare = await startBare('bare-server.mjs', postgres.url, directory);
  const database = new pg.Pool({ connectionString: postgres.url, max: 2 });
  return {
    directory,
    database,
    databaseUrl: postgres.url,
    granaryPid: granary.child.pid,
    startClear,
    s3Port: Number(granary.match[1]),
    httpPort: Number(/http:\/\/127\.0\.0\.1:(\d+)\/graphql/.exec(granary.output())?.[1]),
    barePort: bare.port,
    startBare,
    sign: (request) => signedHeaders({ host: '127.0.0.1', ...request, ...key }),
    password,
    stop: async () => {
      await database.end();
      await bare.stop();
      await clear?.stop();
      await granary.stop();
      await postgres.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** The resident memory of a process and its children, in bytes. */
export async function residentMemory(pid) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)[1]) * 1024;
}

async function startProcess(args, ready, env) {
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const match = await new Promise((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output += text;
      const found = ready.exec(output);
      if (found !== null) {
        resolve(found);
      }
    });
    child.once('exit', (code) => reject(new Error(`${args[0]} ended with ${code}\n${output}`)));
  });
  return {
    child,
    match,
    output: () => output,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
