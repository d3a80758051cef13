import { randomBytes } from 'node:crypto';
import { link, open, readFile, rename, unlink } from 'node:fs/promises';
import { GranaryError } from '../errors.js';
import { errorCode } from './connection-error.js';
import { isAlive, startTime } from './process-table.js';

/**
 * Makes this process the only one that works on a data directory. The file of a process that died is taken over.
 * @returns what gives the directory free.
 * @throws GranaryError Conflict while another process has it.
 */
export async function lockDirectory(path: string): Promise<() => Promise<void>> {
  const mine = `${process.pid} ${startTime(process.pid) ?? ''}\n`;
  while (!(await tryCreate(path, mine))) {
    const found = await readIfThere(path);
    if (found === mine) {
      throw inUse(path, process.pid);
    }
    if (found !== undefined) {
      refuseWhenAlive(path, found);
      await removeStale(path, found);
    }
  }
  return async () => {
    if ((await readIfThere(path)) === mine) {
      await unlink(path);
    }
  };
}

async function tryCreate(path: string, content: string): Promise<boolean> {
  // Written under another name first: whoever sees the file sees all of it.
  const draft = `${path}.${randomBytes(8).toString('hex')}`;
  const handle = await open(draft, 'w', 0o600);
  await handle.writeFile(content);
  await handle.close();
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') {
      return false;
    }
    throw error;
  } finally {
    await unlink(draft);
  }
}

/** The number of the process that works on the directory just now; undefined when none does. */
export async function holderOf(path: string): Promise<number | undefined> {
  const content = await readIfThere(path);
  return content === undefined ? undefined : aliveHolder(content);
}

function refuseWhenAlive(path: string, content: string): void {
  const pid = aliveHolder(content);
  if (pid !== undefined) {
    throw inUse(path, pid);
  }
}

function aliveHolder(content: string): number | undefined {
  const [pid = '', started = ''] = content.trim().split(/ (.*)/s);
  return isAlive(Number(pid)) && (startTime(Number(pid)) ?? '') === started ? Number(pid) : undefined;
}

// Two starters may both have judged the old file: what was moved away is looked at once more.
async function removeStale(path: string, judged: string): Promise<void> {
  const moved = `${path}.${process.pid}.stale`;
  try {
    await rename(path, moved);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') {
      return;
    }
    throw error;
  }
  if ((await readFile(moved, 'utf8')) !== judged) {
    await link(moved, path);
  }
  await unlink(moved);
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') {
      return undefined;
    }
    throw error;
  }
}

function inUse(path: string, pid: number): GranaryError {
  return new GranaryError(
    'Conflict',
    `Another granary (process ${pid}) works on this data directory, as ${path} says. ` +
      'Stop it, or set GRANARY_DATA_DIR to another directory',
    { reason: 'DataDirectoryInUse' },
  );
}
