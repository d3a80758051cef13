import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { GranaryError } from '../errors.js';
import type { Account } from './embedded-account.js';
import { identity, serverEnvironment } from './embedded-process.js';

export interface ClusterPaths {
  /** PostgreSQL's own directory. */
  readonly cluster: string;
  /** The file with the password of PostgreSQL's superuser. */
  readonly passwordFile: string;
}

/**
 * Makes the cluster unless it is there. A first start that was cut short leaves nothing that a second one trips over.
 * @returns the password.
 */
export async function ensureCluster(paths: ClusterPaths, initdb: string, account: Account): Promise<string> {
  if (existsSync(join(paths.cluster, 'PG_VERSION'))) {
    return readPassword(paths);
  }
  const password = randomBytes(24).toString('base64url');
  const draft = `${paths.cluster}.new`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { mode: 0o700 });
  const secret = `${draft}.password`;
  try {
    await writeFile(secret, password, { mode: 0o600 });
    await give(draft, account);
    await give(secret, account);
    await runInitdb({ initdb, account, directory: draft, secret });
  } finally {
    await rm(secret, { force: true });
  }
  await keepPassword(paths.passwordFile, password);
  await rename(draft, paths.cluster);
  return password;
}

/** @throws GranaryError InvalidInput when it is not there. */
export async function readPassword({ cluster, passwordFile }: ClusterPaths): Promise<string> {
  const password = existsSync(passwordFile) ? (await readFile(passwordFile, 'utf8')).trim() : '';
  if (password === '') {
    throw new GranaryError(
      'InvalidInput',
      `${passwordFile} is missing or empty, and the database in ${cluster} does not open without it. ` +
        'Bring it back from your backup of the keys directory',
    );
  }
  return password;
}

async function keepPassword(path: string, password: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await rm(path, { force: true });
  const handle = await open(path, 'wx', 0o600);
  try {
    await handle.writeFile(`${password}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function give(path: string, { uid, gid }: Account): Promise<void> {
  if (process.getuid?.() === 0) {
    await chown(path, uid, gid);
  }
}

/** Makes what root has restored from a backup the account's own again. */
export async function giveCluster(directory: string, account: Account): Promise<void> {
  if (process.getuid?.() !== 0 || (await stat(directory)).uid !== 0) {
    return;
  }
  for (const entry of await readdir(directory, { recursive: true })) {
    await give(join(directory, entry), account);
  }
  await give(directory, account);
  await chmod(directory, 0o700);
}

interface InitdbRun {
  initdb: string;
  account: Account;
  directory: string;
  secret: string;
}

async function runInitdb({ initdb, account, directory, secret }: InitdbRun): Promise<void> {
  const args = [
    `--pgdata=${directory}`,
    '--username=granary',
    `--pwfile=${secret}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
    '--data-checksums',
    '--no-instructions',
  ];
  const [command = initdb, ...rest] = [...account.commandPrefix, initdb, ...args];
  const child = spawn(command, rest, {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: '/',
    env: serverEnvironment(),
    ...identity(account),
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) {
    throw new GranaryError('Internal', `PostgreSQL could not make its directory ${directory}:\n${output.trim()}`);
  }
}
