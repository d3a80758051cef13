import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { GranaryError } from '../errors.js';
import { errorCode } from './connection-error.js';
import { commandLine, isAlive } from './process-table.js';

/** The lines of `postmaster.pid` that matter here. */
interface PostmasterFile {
  readonly pid: number;
  readonly port: string;
  readonly socketDirectory: string;
  readonly ready: boolean;
}

const orphanPatienceMs = 10_000;
const signalPatienceMs = 60_000;

/** What postgres says of itself in its directory; undefined when it does not run and ended in order. */
export async function readPostmasterFile(cluster: string): Promise<PostmasterFile | undefined> {
  try {
    const lines = (await readFile(join(cluster, 'postmaster.pid'), 'utf8')).split('\n');
    const [pid, , , port = '', socketDirectory = ''] = lines;
    return { pid: Number(pid), port, socketDirectory, ready: lines[7]?.trim() === 'ready' };
  } catch (error) {
    if (errorCode(error) === 'ENOENT') {
      return undefined;
    }
    throw error;
  }
}

/**
 * Clears what a granary that was killed left behind: a postgres that is about to end is waited for, and a file whose
 * process is gone, or whose number belongs to some other program by now, is removed.
 */
export async function clearStalePostmaster(cluster: string): Promise<void> {
  const stale = await readPostmasterFile(cluster);
  if (stale === undefined) {
    return;
  }
  if (isPostgresOf(stale.pid, cluster) && !(await endsWithin(stale.pid, cluster, orphanPatienceMs))) {
    process.kill(stale.pid, 'SIGINT');
    if (!(await endsWithin(stale.pid, cluster, signalPatienceMs))) {
      throw new GranaryError('Conflict', `A postgres (process ${stale.pid}) does not leave ${cluster}; stop it first`);
    }
  }
  await rm(join(cluster, 'postmaster.pid'), { force: true });
}

function isPostgresOf(pid: number, cluster: string): boolean {
  return isAlive(pid) && (commandLine(pid) ?? '').includes(`-D ${cluster} `);
}

async function endsWithin(pid: number, cluster: string, limitMs: number): Promise<boolean> {
  const deadline = Date.now() + limitMs;
  while (isPostgresOf(pid, cluster)) {
    if (Date.now() > deadline) {
      return false;
    }
    await delay(50);
  }
  return true;
}
