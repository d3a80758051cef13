import { spawnSync } from 'node:child_process';
import { readFileSync, type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { GranaryError } from '../errors.js';

/** Who PostgreSQL runs as. It refuses to be root, so that root needs another account for it. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
  /** Put before the command; the empty list when nothing changes. */
  readonly commandPrefix: readonly string[];
}

/** The capabilities with which PostgreSQL passes directories that are root's alone, for example /root. */
const capabilities = '+dac_override,+dac_read_search';

/**
 * The account for PostgreSQL: oneself; for root, the owner of an existing cluster, else `postgres`, else `nobody`.
 * @param directories what the account has to reach
 * @throws GranaryError InvalidInput that names the directory which cannot be reached.
 */
export function chooseAccount(clusterDirectory: string, directories: readonly string[]): Account {
  const self = { uid: process.getuid?.() ?? -1, gid: process.getgid?.() ?? -1, commandPrefix: [] };
  if (self.uid !== 0) {
    return self;
  }
  const { uid, gid } = ownerOf(clusterDirectory) ?? findPasswdEntry(['postgres', 'nobody']);
  const closed = directories.map((directory) => findClosed(directory, { uid, gid })).find(Boolean);
  const drop = [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'];
  if (closed === undefined) {
    return { uid, gid, commandPrefix: hasSetpriv(drop) ? ['setpriv', ...drop, '--'] : [] };
  }
  const dropMost = [...drop, `--inh-caps=${capabilities}`, `--ambient-caps=${capabilities}`];
  if (!hasSetpriv(dropMost)) {
    throw new GranaryError(
      'InvalidInput',
      `PostgreSQL cannot run as root, and the account with uid ${uid} cannot enter ${closed}. ` +
        `Start granary as an ordinary user, or allow the way in (chmod o+x ${closed}), or set GRANARY_DATA_DIR`,
    );
  }
  return { uid, gid, commandPrefix: ['setpriv', ...dropMost, '--'] };
}

function ownerOf(directory: string): { uid: number; gid: number } | undefined {
  const stats = statSync(directory, { throwIfNoEntry: false });
  return stats === undefined || stats.uid === 0 ? undefined : { uid: stats.uid, gid: stats.gid };
}

// initdb wants an account that has a name.
function findPasswdEntry(names: string[]): { uid: number; gid: number } {
  const entries = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  for (const name of names) {
    const entry = entries.find(([entryName]) => entryName === name);
    if (entry !== undefined && Number(entry[2]) > 0) {
      return { uid: Number(entry[2]), gid: Number(entry[3]) };
    }
  }
  throw new GranaryError(
    'InvalidInput',
    `PostgreSQL cannot run as root, and there is no account ${names.join(' or ')}. Start granary as an ordinary user`,
  );
}

function findClosed(directory: string, account: { uid: number; gid: number }): string | undefined {
  const parent = dirname(directory);
  const closedAbove = parent === directory ? undefined : findClosed(parent, account);
  if (closedAbove !== undefined) {
    return closedAbove;
  }
  const stats = statSync(directory, { throwIfNoEntry: false });
  return stats === undefined || canEnter(stats, account) ? undefined : directory;
}

function canEnter(stats: Stats, { uid, gid }: { uid: number; gid: number }): boolean {
  if (stats.uid === uid) {
    return (stats.mode & 0o100) !== 0;
  }
  return (stats.mode & (stats.gid === gid ? 0o010 : 0o001)) !== 0;
}

function hasSetpriv(options: string[]): boolean {
  return spawnSync('setpriv', [...options, '--', 'true'], { stdio: 'ignore' }).status === 0;
}
