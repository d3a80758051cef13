import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { errorCode } from './connection-error.js';

/** True when a process with this id exists, whoever it belongs to. */
export function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) {
    return false;
  }
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

/** The command line of a process, its words separated by spaces; undefined when there is no such process. */
export function commandLine(pid: number): string | undefined {
  return readProc(`/proc/${pid}/cmdline`)?.replaceAll('\0', ' ') ?? askPs(pid, 'command');
}

/** A text that differs between two processes which had the same id one after the other. */
export function startTime(pid: number): string | undefined {
  const stat = readProc(`/proc/${pid}/stat`);
  // Field 22; the second one is a name in parentheses that may hold blanks.
  return stat === undefined ? askPs(pid, 'lstart') : stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined; // No such process, or a system without /proc: then ps is asked.
  }
}

function askPs(pid: number, column: string): string | undefined {
  const { status, stdout } = spawnSync('ps', ['-o', `${column}=`, '-p', String(pid)], { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}
