import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { blobPath } from '../../src/storage/blob-path.js';
import type { StoredBlob } from '../../src/storage/blob-store.js';
import { chunkAt } from '../../src/storage/cache/chunk.js';
import { ChunkCache } from '../../src/storage/cache/chunk-cache.js';
import { CachingDriver } from '../../src/storage/drivers/caching.js';
import { FilesystemDriver } from '../../src/storage/drivers/filesystem.js';
import { HashPool } from '../../src/storage/hash-pool.js';
import { readCached } from '../../src/storage/read-cached.js';
import { SlotPool } from '../../src/storage/slot-pool.js';
import { temporaryDirectory } from '../support/directory.js';

const MIB = 1024 * 1024;

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let store: FilesystemDriver;
let hashes: HashPool;

beforeAll(async () => {
  directory = await temporaryDirectory();
  await mkdir(join(directory.path, 'far'));
  store = new FilesystemDriver({ store: 'far', root: join(directory.path, 'far') });
  hashes = new HashPool(1);
});

afterAll(async () => {
  await hashes.close();
  await directory[Symbol.asyncDispose]();
});

async function place(bytes: Buffer): Promise<StoredBlob> {
  const sha256 = createHash('sha256').update(bytes).digest();
  const path = blobPath('far', sha256, randomUUID());
  const file = join(directory.path, randomUUID());
  await writeFile(file, bytes);
  await store.place({ file, size: bytes.length }, path);
  return { path, size: bytes.length, storedSize: bytes.length, sha256, format: 0, seal: null };
}

/** A cache that has wrong bytes of a blob, though the store beneath has the right ones. */
async function poisoned(blob: StoredBlob) {
  const cache = new ChunkCache({
    memoryBytes: 16 * MIB,
    diskBytes: 0,
    directory: join(directory.path, 'cache'),
    onWarning: () => undefined,
  });
  const { path, size } = blob;
  const chunk = chunkAt(size - 1, { path, size });
  await cache.read(chunk, async () => Buffer.alloc(chunk.range.end - chunk.range.start + 1));
  const driver = new CachingDriver(store, cache);
  return {
    cache,
    cached: (range: { start: number; end: number }) => driver.open(path, { size, range }),
    direct: (range: { start: number; end: number }) => store.open(path, { size, range }),
  };
}

test('wrong bytes in the cache that show before any was given out are replaced by those of the store', async () => {
  const bytes = randomBytes(MIB / 2);
  const blob = await place(bytes);
  const reading = await poisoned(blob);
  const stream = await readCached({ blob, hashes, slots: new SlotPool() }, reading);
  expect((await buffer(stream)).equals(bytes)).toBe(true);
});

test('wrong bytes that show later end the reading as what may be tried again, and the next one gets the right ones', async () => {
  const bytes = randomBytes(4 * MIB);
  const blob = await place(bytes);
  const reading = await poisoned(blob);
  const options = { blob, hashes, slots: new SlotPool() };
  const first = await readCached(options, reading);
  await expect(buffer(first)).rejects.toMatchObject({ kind: 'Unavailable' });
  expect((await buffer(await readCached(options, reading))).equals(bytes)).toBe(true);
});
