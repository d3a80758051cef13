import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { BlobDriver } from '../../src/storage/blob-driver.js';
import { blobPath } from '../../src/storage/blob-path.js';
import type { ByteRange } from '../../src/storage/blob-store.js';
import { ChunkCache } from '../../src/storage/cache/chunk-cache.js';
import { CachingDriver } from '../../src/storage/drivers/caching.js';
import { FilesystemDriver } from '../../src/storage/drivers/filesystem.js';
import { mountTmpfs } from '../faults/mounts.js';
import { temporaryDirectory } from '../support/directory.js';
import { eventually } from '../support/process.js';

const MIB = 1024 * 1024;

/** Only root may mount a filesystem. */
const whereMounting = process.platform === 'linux' && process.getuid?.() === 0 ? it : it.skip;

/** A store that plays the remote one, and the directory of a cache in front of it. */
class Workbench implements AsyncDisposable {
  readonly cacheDirectory: string;
  readonly warnings: string[] = [];
  readonly #directory: Awaited<ReturnType<typeof temporaryDirectory>>;
  readonly #beneath: BlobDriver;
  readonly #caches: ChunkCache[] = [];

  private constructor(directory: Awaited<ReturnType<typeof temporaryDirectory>>) {
    this.#directory = directory;
    this.cacheDirectory = join(directory.path, 'cache');
    this.#beneath = new FilesystemDriver({ store: 'far', root: join(directory.path, 'far') });
  }

  static async open(): Promise<Workbench> {
    const directory = await temporaryDirectory();
    await mkdir(join(directory.path, 'far'));
    return new Workbench(directory);
  }

  /** Another process' cache, as it were: each call has a memory of its own, all share the disk. */
  cache({ memoryBytes = 0, diskBytes = 0, directory = this.cacheDirectory } = {}) {
    const onWarning = (message: string) => this.warnings.push(message);
    const cache = new ChunkCache({ memoryBytes, diskBytes, directory, onWarning });
    this.#caches.push(cache);
    return { cache, driver: new CachingDriver(this.#beneath, cache) };
  }

  async place(bytes: Buffer): Promise<{ path: string; size: number }> {
    const file = join(this.#directory.path, randomUUID());
    await writeFile(file, bytes);
    const path = blobPath('far', createHash('sha256').update(bytes).digest(), randomUUID());
    await this.#beneath.place({ file, size: bytes.length }, path);
    return { path, size: bytes.length };
  }

  async files(): Promise<string[]> {
    const entries = await readdir(this.cacheDirectory, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  }

  /** The files that are whole; none while there is no directory yet. */
  async chunks(): Promise<string[]> {
    const files = await this.files().catch(() => []);
    return files.filter((file) => !file.endsWith('.tmp'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#caches.map((cache) => cache.close()));
    await this.#directory[Symbol.asyncDispose]();
  }
}

async function read(
  driver: BlobDriver,
  { path, size }: { path: string; size: number },
  range: ByteRange = { start: 0, end: size - 1 },
): Promise<Buffer> {
  const source = await driver.open(path, { size, range });
  try {
    const bytes = Buffer.alloc(range.end - range.start + 1);
    const step = 300_000;
    for (let at = 0; at < bytes.length; at += step) {
      await source.readInto(bytes.subarray(at, at + step), range.start + at);
    }
    return bytes;
  } finally {
    await source.close();
  }
}

describe('the cache of remote stores', () => {
  it.each([
    ['memory', { memoryBytes: 8 * MIB }],
    ['disk', { diskBytes: 64 * MIB }],
    ['memory and disk', { memoryBytes: 8 * MIB, diskBytes: 64 * MIB }],
  ])('takes what is read again from %s', async (_, sizes) => {
    await using bench = await Workbench.open();
    const { cache, driver } = bench.cache(sizes);
    const bytes = randomBytes(3 * MIB + 7);
    const blob = await bench.place(bytes);
    expect((await read(driver, blob)).equals(bytes)).toBe(true);
    if ('diskBytes' in sizes) await eventually(async () => (await bench.chunks()).length === 4);
    expect((await read(driver, blob)).equals(bytes)).toBe(true);
    const { reads } = cache.figures();
    expect(reads.remote).toEqual({ chunks: 4, bytes: bytes.length });
    expect(reads.memory.bytes + reads.disk.bytes).toBe(bytes.length);
  });

  it('gives any range as it is, whatever of it is cached', async () => {
    await using bench = await Workbench.open();
    const { driver } = bench.cache({ memoryBytes: 2 * MIB, diskBytes: 4 * MIB });
    const bytes = randomBytes(9 * MIB + 1);
    const blob = await bench.place(bytes);
    for (const [start, end] of [
      [5 * MIB, 5 * MIB],
      [MIB - 1, MIB],
      [0, bytes.length - 1],
      [bytes.length - 1, bytes.length - 1],
      [4 * MIB + 5, 8 * MIB - 1],
      [0, 6 * MIB],
    ] as const) {
      expect((await read(driver, blob, { start, end })).equals(bytes.subarray(start, end + 1))).toBe(true);
    }
  });

  it('fetches a chunk once for readers who want it at the same time', async () => {
    await using bench = await Workbench.open();
    const { cache, driver } = bench.cache({ memoryBytes: 16 * MIB });
    const bytes = randomBytes(4 * MIB);
    const blob = await bench.place(bytes);
    const all = await Promise.all(Array.from({ length: 20 }, () => read(driver, blob)));
    expect(all.every((one) => one.equals(bytes))).toBe(true);
    expect(cache.figures().reads.remote.chunks).toBe(4);
  });

  it('has on the disk what an earlier process read', async () => {
    await using bench = await Workbench.open();
    const bytes = randomBytes(2 * MIB + 5);
    const blob = await bench.place(bytes);
    const first = bench.cache({ diskBytes: 64 * MIB });
    await read(first.driver, blob);
    await first.cache.close();
    const second = bench.cache({ diskBytes: 64 * MIB });
    expect((await read(second.driver, blob)).equals(bytes)).toBe(true);
    await second.cache.close();
    const { reads, diskBytes } = second.cache.figures();
    expect(reads).toMatchObject({ disk: { chunks: 3 }, remote: { chunks: 0 } });
    expect(diskBytes).toBeGreaterThan(bytes.length);
  });

  it.each<[string, (file: string) => Promise<void>]>([
    ['has other bytes', flipLastByte],
    ['was cut off', (file) => truncate(file, 1000)],
    ['is empty', (file) => truncate(file, 0)],
    ['is longer', (file) => truncate(file, 2 * MIB)],
    ['is all zeros', async (file) => writeFile(file, Buffer.alloc((await stat(file)).size))],
  ])('fetches a chunk anew whose file %s', async (_, damage) => {
    await using bench = await Workbench.open();
    const bytes = randomBytes(MIB);
    const blob = await bench.place(bytes);
    const first = bench.cache({ diskBytes: 64 * MIB });
    await read(first.driver, blob);
    await first.cache.close();
    for (const file of await bench.files()) await damage(file);
    const second = bench.cache({ diskBytes: 64 * MIB });
    expect((await read(second.driver, blob)).equals(bytes)).toBe(true);
    await second.cache.close();
    expect(second.cache.figures()).toMatchObject({ damagedChunks: 1, reads: { remote: { chunks: 1 } } });
    const third = bench.cache({ diskBytes: 64 * MIB });
    expect((await read(third.driver, blob)).equals(bytes)).toBe(true);
    expect(third.cache.figures().reads.disk.chunks).toBe(1);
  });

  it('does not take the file of one chunk for another', async () => {
    await using bench = await Workbench.open();
    const bytes = randomBytes(2 * MIB);
    const blob = await bench.place(bytes);
    const first = bench.cache({ diskBytes: 64 * MIB });
    await read(first.driver, blob);
    await first.cache.close();
    const [a = '', b = ''] = await bench.files();
    const [bytesOfA, bytesOfB] = [await readFile(a), await readFile(b)];
    await writeFile(a, bytesOfB);
    await writeFile(b, bytesOfA);
    const second = bench.cache({ diskBytes: 64 * MIB });
    expect((await read(second.driver, blob)).equals(bytes)).toBe(true);
    expect(second.cache.figures().damagedChunks).toBe(2);
  });

  it('stays below its limits, and keeps what was used last', async () => {
    await using bench = await Workbench.open();
    const limits = { memoryBytes: 2 * MIB, diskBytes: 5 * MIB };
    const { cache, driver } = bench.cache(limits);
    const often = await bench.place(randomBytes(MIB));
    for (let i = 0; i < 12; i += 1) {
      await read(driver, await bench.place(randomBytes(MIB)));
      await read(driver, often);
      await delay(20);
    }
    await cache.close();
    const { reads, diskBytes } = cache.figures();
    const sizes = await Promise.all((await bench.files()).map(async (file) => (await stat(file)).size));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(limits.diskBytes);
    expect(diskBytes).toBeLessThanOrEqual(limits.diskBytes);
    expect(reads.remote.chunks).toBe(13);
  });

  it('removes what a process that died was writing, and nothing that it does not know', async () => {
    await using bench = await Workbench.open();
    const name = randomBytes(32).toString('hex');
    const old = new Date(Date.now() - 2 * 60 * 60 * 1000);
    await mkdir(join(bench.cacheDirectory, 'aa'), { recursive: true });
    for (const file of [`${name}.${randomUUID()}.tmp`, 'notes.txt']) {
      await writeFile(join(bench.cacheDirectory, 'aa', file), 'x');
      await utimes(join(bench.cacheDirectory, 'aa', file), old, old);
    }
    await bench.cache({ diskBytes: MIB }).cache.close();
    expect((await bench.files()).map((file) => file.split('/').at(-1))).toEqual(['notes.txt']);
  });

  it('is left out, with one warning, when its directory cannot be used', async () => {
    await using bench = await Workbench.open();
    await writeFile(bench.cacheDirectory, 'a file where the directory should be');
    const { cache, driver } = bench.cache({ diskBytes: 64 * MIB });
    const bytes = randomBytes(3 * MIB);
    const blob = await bench.place(bytes);
    expect((await read(driver, blob)).equals(bytes)).toBe(true);
    expect((await read(driver, blob)).equals(bytes)).toBe(true);
    await cache.close();
    expect(bench.warnings).toHaveLength(1);
  });

  whereMounting.each([
    ['full', 'size=3m'],
    ['read-only', 'ro'],
  ])('goes on, with one warning, when its disk is %s', async (_, options) => {
    await using bench = await Workbench.open();
    await using volume = await mountTmpfs(options);
    const { cache, driver } = bench.cache({ diskBytes: 64 * MIB, directory: join(volume.path, 'cache') });
    const bytes = randomBytes(8 * MIB);
    const blob = await bench.place(bytes);
    for (let i = 0; i < 2; i += 1) expect((await read(driver, blob)).equals(bytes)).toBe(true);
    await cache.close();
    expect(bench.warnings).toHaveLength(1);
  });

  it('may be shared by processes that evict what others read', async () => {
    await using bench = await Workbench.open();
    const bodies = Array.from({ length: 8 }, () => randomBytes(MIB + 3));
    const blobs = await Promise.all(bodies.map((bytes) => bench.place(bytes)));
    const processes = Array.from({ length: 3 }, () => bench.cache({ diskBytes: 4 * MIB }));
    await Promise.all(
      processes.map(async ({ driver }) => {
        for (let i = 0; i < 40; i += 1) {
          const which = Math.floor(Math.random() * blobs.length);
          const [bytes, blob] = [bodies[which], blobs[which]];
          if (bytes && blob) expect((await read(driver, blob)).equals(bytes)).toBe(true);
        }
      }),
    );
    await Promise.all(processes.map(({ cache }) => cache.close()));
    expect(bench.warnings).toEqual([]);
    expect(processes.map(({ cache }) => cache.figures().damagedChunks)).toEqual([0, 0, 0]);
    expect((await bench.files()).filter((file) => file.endsWith('.tmp'))).toEqual([]);
  });

  it('says what is wrong with a blob before anything is read, and again the next time', async () => {
    await using bench = await Workbench.open();
    const { driver } = bench.cache({ memoryBytes: 8 * MIB, diskBytes: 8 * MIB });
    const blob = await bench.place(randomBytes(MIB));
    const missing = { ...blob, path: blobPath('far', randomBytes(32), 'none') };
    for (let i = 0; i < 2; i += 1) {
      await expect(read(driver, missing)).rejects.toMatchObject({ reason: 'MissingBlob' });
      await expect(read(driver, { ...blob, size: MIB + 1 })).rejects.toMatchObject({ reason: 'CorruptBlob' });
    }
  });

  it('lets a large blob pass in a bounded amount of memory', async () => {
    await using bench = await Workbench.open();
    const { driver } = bench.cache({ memoryBytes: 16 * MIB, diskBytes: 32 * MIB });
    const size = 384 * MIB;
    const blob = await bench.place(Buffer.alloc(MIB));
    await truncate(join(bench.cacheDirectory, '..', 'far', blob.path.slice('far/'.length)), size);
    const source = await driver.open(blob.path, { size, range: { start: 0, end: size - 1 } });
    const target = Buffer.alloc(MIB);
    const before = process.memoryUsage.rss();
    let peak = before;
    for (let position = 0; position < size; position += MIB) {
      await source.readInto(target, position);
      peak = Math.max(peak, process.memoryUsage.rss());
    }
    await source.close();
    expect(peak - before).toBeLessThan(160 * MIB);
  });
});

async function flipLastByte(file: string): Promise<void> {
  const bytes = await readFile(file);
  bytes[bytes.length - 1] = 255 - (bytes.at(-1) ?? 0);
  await writeFile(file, bytes);
}
