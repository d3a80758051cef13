import { execFile } from 'node:child_process';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const commandLimitMs = 30_000;
const unmountLimitMs = 15_000;

/** How a filesystem ends: with what its journal holds in memory, or without. */
export type PowerLoss = 'journal flushed' | 'journal lost';

/** A small filesystem in memory, which is easily filled. */
export async function mountTmpfs(options: string): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'granary-faults-'));
  await command('mount', '-t', 'tmpfs', '-o', options, 'tmpfs', path);
  return {
    path,
    [Symbol.asyncDispose]: async () => {
      await unmount(path);
      await rm(path, { recursive: true });
    },
  };
}

/** A filesystem in a file, whose power can be cut. */
export class LoopDisk implements AsyncDisposable {
  readonly path: string;
  readonly #directory: string;
  readonly #image: string;
  readonly #type: 'ext4' | 'xfs';
  #mounted = false;

  private constructor(directory: string, type: 'ext4' | 'xfs') {
    this.#directory = directory;
    this.#image = join(directory, 'disk');
    this.#type = type;
    this.path = join(directory, 'mounted');
  }

  /** Makes and mounts one; its file takes only the room of what is written. */
  static async create(type: 'ext4' | 'xfs', bytes: number): Promise<LoopDisk> {
    const disk = new LoopDisk(await mkdtemp(join(tmpdir(), 'granary-faults-')), type);
    try {
      await writeFile(disk.#image, '');
      await truncate(disk.#image, bytes);
      await command(`mkfs.${type}`, '-q', disk.#image);
      await command('mkdir', '-m', '755', disk.path);
      await command('chmod', '755', disk.#directory);
      await disk.mount();
      return disk;
    } catch (error) {
      await disk[Symbol.asyncDispose]();
      throw error;
    }
  }

  async mount(): Promise<void> {
    await command('mount', '-t', this.#type, '-o', 'loop', this.#image, this.path);
    this.#mounted = true;
  }

  async unmount(): Promise<void> {
    await unmount(this.path);
    this.#mounted = false;
  }

  /** From now on nothing more reaches the disk, and every access fails. */
  async losePower(how: PowerLoss): Promise<void> {
    await command('xfs_io', '-x', '-c', how === 'journal flushed' ? 'shutdown -f' : 'shutdown', this.path);
  }

  /** Replays the journal by a mount, then looks at the whole filesystem without repairing; fails on any inconsistency. */
  async check(): Promise<void> {
    await this.mount();
    await this.unmount();
    await (this.#type === 'ext4'
      ? command('fsck.ext4', '-f', '-n', this.#image)
      : command('xfs_repair', '-n', this.#image));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#mounted) {
      await this.unmount();
    }
    await rm(this.#directory, { recursive: true });
  }
}

/** Waits for processes that end; what they still hold after that is detached, so that nothing stays mounted. */
async function unmount(path: string): Promise<void> {
  for (const deadline = Date.now() + unmountLimitMs; ; ) {
    try {
      await command('umount', path);
      return;
    } catch (error) {
      if (Date.now() > deadline) {
        await command('umount', '--lazy', path);
        throw error;
      }
      await delay(100);
    }
  }
}

async function command(program: string, ...args: string[]): Promise<void> {
  await run(program, args, { timeout: commandLimitMs });
}
