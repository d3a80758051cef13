import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Injection {
  /** Stops it, and tells how many calls have failed. */
  stop(): Promise<number>;
}

/**
 * Makes system calls of a running process fail, in all its threads, with EIO: as a disk that breaks does.
 * @param calls as strace names them, for example `fsync,fdatasync`
 * @param when which of them, as strace counts: `3+4` is the third and every fourth after it
 */
export async function inject(pid: number, calls: string, when: string): Promise<Injection> {
  const directory = await mkdtemp(join(tmpdir(), 'granary-faults-'));
  const record = join(directory, 'calls');
  const args = [
    '-f',
    '-o',
    record,
    '-e',
    `trace=${calls}`,
    '-e',
    `inject=${calls}:error=EIO:when=${when}`,
    '-p',
    `${pid}`,
  ];
  const child = spawn('strace', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const closed = once(child, 'close');
  await Promise.race([
    once(child.stderr, 'data'),
    closed.then(() => Promise.reject(new Error('strace ended before it was attached'))),
  ]);
  return {
    stop: async () => {
      child.kill('SIGINT');
      await closed;
      const text = await readFile(record, 'utf8');
      await rm(directory, { recursive: true });
      return text.match(/\(INJECTED\)/g)?.length ?? 0;
    },
  };
}
