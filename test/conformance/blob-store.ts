import { createHash, randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { blobPath } from '../../src/storage/blob-path.js';
import type { BlobStore, Received, ReceiveOptions, Seal, StoredBlob } from '../../src/storage/blob-store.js';
import { CHECKSUM_ALGORITHMS, checksumOf } from '../../src/storage/checksums.js';
import { testUnless } from '../support/programs.js';

/** A store under test. Everything a test leaves in staging is a failure, so the harness must be able to look. */
export interface OpenedStore extends AsyncDisposable {
  store: BlobStore;
  /** The names of the uploads that are neither committed nor cancelled. */
  staged(): Promise<string[]>;
}

const KIB = 1024;
const MIB = 1024 * KIB;

/** Around every limit at which the store takes another way. */
const SIZES = [0, 1, KIB, KIB + 1, MIB - 1, MIB, MIB + 1, 3 * MIB + 7];

let names = 0;

export function receiveOptions(options: Partial<ReceiveOptions> = {}): ReceiveOptions {
  return {
    maxSize: 64 * MIB,
    inlineLimit: KIB,
    idleTimeoutMs: 5_000,
    name: `upload-${++names}`,
    seal: null,
    compression: 'off',
    ...options,
  };
}

/** The bytes in chunks as a socket gives them. */
export async function* chunksOf(bytes: Buffer, size = 64 * KIB): AsyncGenerator<Buffer> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

export function sha256Of(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}

export function stagedFile(received: Received) {
  if (received.content.kind !== 'staged') throw new Error('The content is inline.');
  return received.content.file;
}

/** A key that no other blob has. */
export function newSeal(): Seal {
  return { id: randomBytes(16), key: randomBytes(32) };
}

/** Stores bytes as an upload would. */
export async function storeBytes(
  store: BlobStore,
  bytes: Buffer,
  { place = 'hot', ...given }: Partial<ReceiveOptions> & { place?: string } = {},
): Promise<StoredBlob> {
  const options = receiveOptions({ inlineLimit: -1, ...given });
  const { size, storedSize, format, sha256, content } = await store.receive(chunksOf(bytes), options);
  if (content.kind !== 'staged') throw new Error('The content is inline.');
  const path = blobPath(place, sha256, options.name);
  await content.file.sync();
  await content.file.commit(path);
  return { path, size, storedSize, format, sha256, seal: options.seal };
}

/** The ways to store content. */
const FORMATS: [string, () => Partial<ReceiveOptions>][] = [
  ['as it is', () => ({})],
  ['sealed', () => ({ seal: newSeal() })],
  ['compressed', () => ({ compression: 'always' })],
  ['compressed and sealed', () => ({ seal: newSeal(), compression: 'always' })],
];

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** Some emulators take seconds for what is megabytes. */
const LARGE_BODIES_MS = 120_000;

/**
 * What every store must do, whatever it keeps its blobs in.
 * @param lacks why a service cannot pass a case, by the case's name: it is skipped by a name that says so.
 */
export function describeBlobStore(
  name: string,
  open: () => Promise<OpenedStore>,
  lacks: Readonly<Record<string, string>> = {},
): void {
  describe(`a blob store on ${name}`, () => {
    const unlessLacking = (title: string, run: () => Promise<void>, timeout?: number) =>
      testUnless(lacks[title], title, run, timeout);
    let opened: OpenedStore;
    let store: BlobStore;
    let openedAt: number;

    beforeAll(async () => {
      openedAt = Date.now();
      opened = await open();
      store = opened.store;
    });

    afterEach(async () => {
      expect(await opened.staged()).toEqual([]);
    });

    afterAll(async () => {
      await opened[Symbol.asyncDispose]();
    });

    it.each(SIZES)('gives %d bytes back as they were, with their digests', async (size) => {
      const bytes = randomBytes(size);
      const blob = await storeBytes(store, bytes);
      expect(blob.size).toBe(size);
      expect(blob.sha256.equals(sha256Of(bytes))).toBe(true);
      expect((await buffer(await store.openBlob(blob))).equals(bytes)).toBe(true);
    });

    it.each(CHECKSUM_ALGORITHMS)('computes %s of short and of long bodies', async (checksum) => {
      for (const bytes of [randomBytes(10), randomBytes(2 * MIB + 1)]) {
        const received = await store.receive(chunksOf(bytes), receiveOptions({ checksum, length: bytes.length }));
        expect(received.checksum).toEqual(checksumOf(checksum, bytes));
        expect(received.md5).toEqual(checksumOf('MD5', bytes));
        if (received.content.kind === 'staged') await received.content.file.cancel();
      }
    });

    it('gives content up to the inline limit back in memory', async () => {
      const bytes = randomBytes(KIB);
      const { content } = await store.receive(chunksOf(bytes, 100), receiveOptions());
      expect(content.kind === 'inline' && content.bytes.equals(bytes)).toBe(true);
    });

    it('does not replace what is at a path already', async () => {
      const blob = await storeBytes(store, randomBytes(5 * KIB));
      const second = stagedFile(await store.receive(chunksOf(randomBytes(5 * KIB)), receiveOptions()));
      await expect(second.commit(blob.path)).rejects.toMatchObject({ reason: 'BlobExists' });
      await second.cancel();
      expect(sha256Of(await buffer(await store.openBlob(blob)))).toEqual(blob.sha256);
    });

    it('keeps a blob whose upload is cancelled after it was committed', async () => {
      const bytes = randomBytes(5 * KIB);
      const options = receiveOptions();
      const received = await store.receive(chunksOf(bytes), options);
      const path = blobPath('cold', received.sha256, options.name);
      await stagedFile(received).commit(path);
      await stagedFile(received).cancel();
      const { size, storedSize, format, sha256 } = received;
      const blob = { path, size, storedSize, format, sha256, seal: null };
      expect(await buffer(await store.openBlob(blob))).toEqual(bytes);
    });

    it('removes nothing but the cancelled upload, however often it is cancelled', async () => {
      const file = stagedFile(await store.receive(chunksOf(randomBytes(5 * KIB)), receiveOptions()));
      expect(await opened.staged()).toHaveLength(1);
      await Promise.all([file.cancel(), file.cancel()]);
      await file.cancel();
    });

    it.each(FORMATS)('gives whole content and ranges back that it stored %s', async (_, format) => {
      const bytes = Buffer.concat([Buffer.alloc(MIB, 'granary '), randomBytes(MIB)]);
      const blob = await storeBytes(store, bytes, format());
      expect((await buffer(await store.openBlob(blob))).equals(bytes)).toBe(true);
      const range = { start: MIB - 100, end: MIB + 70_000 };
      const read = await buffer(await store.openBlob(blob, range));
      expect(read.equals(bytes.subarray(range.start, range.end + 1))).toBe(true);
      expect(await store.verifyBlob(blob)).toBeGreaterThanOrEqual(blob.storedSize);
    });

    it.each(FORMATS)('copies what it stored %s to another store, once', async (_, format) => {
      const bytes = randomBytes(MIB + 5);
      const blob = await storeBytes(store, bytes, format());
      const copy = { ...blob, path: blobPath('cold', blob.sha256, `copy-${++names}`) };
      await store.copyBlob(blob, copy.path);
      await expect(store.copyBlob(blob, copy.path)).rejects.toMatchObject({ reason: 'BlobExists' });
      await store.remove(blob.path);
      expect((await buffer(await store.openBlob(copy))).equals(bytes)).toBe(true);
    });

    it.each([-1, 1])('refuses a blob whose stored size is wrong by %d, and copies nothing of it', async (wrong) => {
      const blob = await storeBytes(store, randomBytes(5 * KIB));
      const lie = { ...blob, size: blob.size + wrong, storedSize: blob.storedSize + wrong };
      const path = blobPath('cold', blob.sha256, `copy-${++names}`);
      await expect(store.openBlob(lie)).rejects.toMatchObject({ reason: 'CorruptBlob' });
      await expect(store.copyBlob(lie, path)).rejects.toMatchObject({ reason: 'CorruptBlob' });
      await expect(store.openBlob({ ...blob, path })).rejects.toMatchObject({ reason: 'MissingBlob' });
    });

    it('refuses a path in a store that there is not', async () => {
      const path = blobPath('nowhere', Buffer.alloc(32), 'x');
      await expect(store.remove(path)).rejects.toMatchObject({ reason: 'NoSuchStore' });
      expect(store.stores).toEqual(expect.arrayContaining(['hot', 'cold']));
    });

    unlessLacking('opens ranges of short and long blobs', async () => {
      const bytes = randomBytes(3 * MIB);
      const blob = await storeBytes(store, bytes);
      for (const [start, end] of [
        [0, 0],
        [5, 99],
        [1, bytes.length - 1],
        [0, 2 * MIB],
        [bytes.length - 1, bytes.length - 1],
      ] as const) {
        const read = await buffer(await store.openBlob(blob, { start, end }));
        expect(read.equals(bytes.subarray(start, end + 1))).toBe(true);
      }
    });

    it.each([
      { start: 0, end: 10 },
      { start: 10, end: 10 },
      { start: 5, end: 4 },
      { start: -1, end: 4 },
    ])('refuses the range $start to $end of ten bytes', async (range) => {
      const blob = await storeBytes(store, randomBytes(10));
      await expect(store.openBlob(blob, range)).rejects.toMatchObject({ kind: 'RangeNotSatisfiable' });
    });

    it('finishes a read of a blob that is removed meanwhile', async () => {
      const bytes = randomBytes(4 * MIB);
      const blob = await storeBytes(store, bytes);
      const stream = await store.openBlob(blob);
      await store.remove(blob.path);
      expect((await buffer(stream)).equals(bytes)).toBe(true);
    });

    it('says that a blob is missing, and removes one that is missing without complaint', async () => {
      const blob = await storeBytes(store, randomBytes(10));
      await store.remove(blob.path);
      await store.remove(blob.path);
      await expect(store.openBlob(blob)).rejects.toMatchObject({ kind: 'Internal', reason: 'MissingBlob' });
    });

    it.each([
      ['shorter', 2_000, 2_001, 'IncompleteBody'],
      ['longer', 2_000, 1_999, 'IncompleteBody'],
      ['much longer', 3 * MIB, 2 * MIB, 'IncompleteBody'],
      ['much shorter', 2 * MIB, 3 * MIB, 'IncompleteBody'],
    ])('refuses a body %s than declared', async (_, size, length, kind) => {
      const upload = store.receive(chunksOf(randomBytes(size)), receiveOptions({ length }));
      await expect(upload).rejects.toMatchObject({ kind });
    });

    it('refuses a body over the permitted size, declared or not', async () => {
      for (const size of [2_000, 3 * MIB]) {
        const limits = { maxSize: size - 1, inlineLimit: 0 };
        for (const length of [undefined, size]) {
          const upload = store.receive(chunksOf(randomBytes(size)), receiveOptions({ ...limits, length }));
          await expect(upload).rejects.toMatchObject({ kind: 'TooLarge', reason: 'EntityTooLarge' });
        }
      }
    });

    it(
      'receives many bodies at once',
      async () => {
        const bodies = Array.from({ length: 12 }, (_, i) => randomBytes(MIB + i * 100_000));
        const blobs = await Promise.all(bodies.map((bytes) => storeBytes(store, bytes)));
        expect(blobs.map(({ sha256 }) => sha256)).toEqual(bodies.map(sha256Of));
      },
      LARGE_BODIES_MS,
    );

    unlessLacking(
      'gives bodies back that an upload must send in parts, several at once',
      async () => {
        const stored = [16 * MIB, 16 * MIB + 1, 40 * MIB + 7].map(async (size) => {
          const bytes = randomBytes(size);
          return { bytes, blob: await storeBytes(store, bytes) };
        });
        for (const { bytes, blob } of await Promise.all(stored)) {
          expect((await buffer(await store.openBlob(blob))).equals(bytes)).toBe(true);
          const range = { start: 16 * MIB - 1_000, end: Math.min(16 * MIB + 1_000, bytes.length) - 1 };
          const read = await buffer(await store.openBlob(blob, range));
          expect(read.equals(bytes.subarray(range.start, range.end + 1))).toBe(true);
        }
      },
      LARGE_BODIES_MS,
    );

    it('lists each blob once when it walks', async () => {
      const blobs = [await storeBytes(store, randomBytes(10)), await storeBytes(store, randomBytes(11))];
      const files = await collect(store.walk());
      const paths = files.map(({ path }) => path);
      expect(new Set(paths).size).toBe(paths.length);
      expect(paths).toEqual(expect.arrayContaining(blobs.map(({ path }) => path)));
      const times = files.map(({ modifiedAt }) => modifiedAt.getTime());
      expect(Math.min(...times)).toBeGreaterThan(openedAt - 60_000);
      expect(Math.max(...times)).toBeLessThan(Date.now() + 60_000);
    });

    it('takes a stray file out of the store, once', async () => {
      const stray = await storeBytes(store, randomBytes(10));
      await store.quarantine(stray.path);
      await store.quarantine(stray.path);
      expect((await collect(store.walk())).some(({ path }) => path === stray.path)).toBe(false);
    });

    unlessLacking('sweeps uploads that were abandoned, and leaves young ones', async () => {
      const abandoned = await store.receive(chunksOf(randomBytes(5 * KIB)), receiveOptions());
      expect(await store.sweepStaging(60_000)).toBe(0);
      expect(await store.sweepStaging(-60_000)).toBe(1);
      // Its file is open still, which Node minds when it is collected.
      await stagedFile(abandoned).cancel();
    });

    it('says whose a store is outside of the data directory, until it is told otherwise, and not among its blobs', async () => {
      const { owners } = store;
      for (const name of owners.stores) {
        expect(await owners.read(name)).toBeUndefined();
        await owners.write(name, 'first\n');
        await expect(owners.write(name, 'second')).rejects.toMatchObject({ reason: 'BlobExists' });
        expect(await owners.read(name)).toBe('first\n');
        expect((await collect(store.walk())).filter(({ path }) => path.includes('owner'))).toEqual([]);
        await owners.remove(name);
        await owners.remove(name);
        expect(await owners.read(name)).toBeUndefined();
      }
    });

    it.each(['../../etc/passwd', 'hot/../../x', '/etc/passwd', ''])('refuses the path %p', async (path) => {
      await expect(store.remove(path)).rejects.toMatchObject({ kind: 'Internal' });
      const blob = { path, size: 1, storedSize: 1, format: 0, sha256: Buffer.alloc(32), seal: null };
      await expect(store.openBlob(blob)).rejects.toMatchObject({ kind: 'Internal' });
    });
  });
}
