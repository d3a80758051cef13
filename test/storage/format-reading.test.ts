import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { zstdCompressSync } from 'node:zlib';
import { BlobFormat, encodeHeader, FRAME_SIZE, HEADER_SIZE } from '../../src/storage/format/blob-format.js';
import { encodeTableEntry, encodeTableFooter, encodeTableHeader } from '../../src/storage/format/seek-table.js';
import { contentOf, FORMATS, newSeal, openPipeline, type Pipeline, type StoredContent, sha256Of } from './pipeline.js';

const MIB = 1024 * 1024;
const CORRUPT = { kind: 'Internal', reason: 'CorruptBlob' };

let pipeline: Pipeline;

beforeAll(async () => {
  pipeline = await openPipeline();
});

afterEach(() => pipeline.expectNothingLeft());

afterAll(() => pipeline[Symbol.asyncDispose]());

describe.each(FORMATS)('reading $name bytes', ({ sealed, compression }) => {
  const store = (bytes: Buffer) => pipeline.store(bytes, { seal: sealed === 'sealed' ? newSeal() : null, compression });

  it.each([10, 5 * MIB])('passes on what the source throws (%d bytes of content)', async (size) => {
    const content = await store(randomBytes(size));
    let reads = 0;
    const beforeRead = () => {
      reads += 1;
      if (size < MIB || reads > 3) throw Object.assign(new Error('The disk is on fire.'), { code: 'EIO' });
    };
    const reading = async () => buffer(await pipeline.read(content, { beforeRead }));
    await expect(reading()).rejects.toMatchObject({ code: 'EIO' });
  });

  it('closes its source when the reader leaves, also while a read is under way', async () => {
    const content = await store(randomBytes(8 * MIB));
    const gate = Promise.withResolvers<void>();
    let reads = 0;
    // The last reads: those of a seek table come first.
    const beforeRead = () => (++reads > 3 ? gate.promise : undefined);
    const stream = await pipeline.read(content, { beforeRead });
    await once(stream, 'readable');
    stream.destroy();
    gate.resolve();
    await once(stream, 'close');
  });

  it('lets many readers at once have their bytes', async () => {
    const bytes = contentOf(3 * MIB + 1, 'text');
    const content = await store(bytes);
    const reads = Array.from({ length: 20 }, async () => buffer(await pipeline.read(content)));
    for (const read of await Promise.all(reads)) expect(read.equals(bytes)).toBe(true);
  });

  it('tells of each piece that it verifies, waits for whoever is told, and ends when they refuse', async () => {
    const content = await store(randomBytes(4 * MIB));
    const told: number[] = [];
    let telling = 0;
    const read = await pipeline.verify(content, async (bytes) => {
      telling += 1;
      expect(telling).toBe(1);
      await delay(5);
      telling -= 1;
      told.push(bytes);
    });
    expect(read).toBeGreaterThanOrEqual(content.blob.storedSize);
    expect(told.length).toBeGreaterThan(3);
    expect(told.reduce((sum, bytes) => sum + bytes, 0)).toBe(read);
    const refusal = new Error('enough');
    await expect(pipeline.verify(content, () => Promise.reject(refusal))).rejects.toBe(refusal);
  });

  it('verifies the digest, whatever the seal says', async () => {
    const { blob, stored } = await store(randomBytes(2 * MIB));
    const wrong = { blob: { ...blob, sha256: randomBytes(32) }, stored };
    await expect(pipeline.verify(wrong)).rejects.toMatchObject(CORRUPT);
  });

  it('refuses ranges outside of the content', async () => {
    const content = await store(randomBytes(1000));
    for (const range of [
      { start: 0, end: 1000 },
      { start: 2, end: 1 },
      { start: -1, end: 1 },
    ]) {
      await expect(pipeline.read(content, { range })).rejects.toMatchObject({ kind: 'RangeNotSatisfiable' });
    }
  });
});

/** A compressed blob of these frames, with a table that says this of them. */
function compressedOf(frames: Buffer[], sizes: [compressed: number, content: number][]): StoredContent {
  const entries = sizes.map(([compressed, content]) => encodeTableEntry(compressed, content));
  const table = [encodeTableHeader(sizes.length), ...entries, encodeTableFooter(sizes.length)];
  const stored = Buffer.concat([encodeHeader(BlobFormat.COMPRESSED, null), ...frames, ...table]);
  const size = sizes.reduce((sum, [, content]) => sum + content, 0);
  const blob = { path: 'hot/x', size, storedSize: stored.length, format: BlobFormat.COMPRESSED, seal: null };
  return { blob: { ...blob, sha256: sha256Of(Buffer.alloc(size)) }, stored };
}

describe('a compressed blob that lies', () => {
  const read = async (content: StoredContent) => buffer(await pipeline.read(content));
  const frame = zstdCompressSync(Buffer.alloc(1000));

  it('is read when it does not', async () => {
    expect(await read(compressedOf([frame], [[frame.length, 1000]]))).toEqual(Buffer.alloc(1000));
  });

  it('is refused when a frame gives more than it says, without unpacking it', async () => {
    const bomb = zstdCompressSync(Buffer.alloc(1024 * MIB));
    expect(bomb.length).toBeLessThan(FRAME_SIZE);
    const before = process.memoryUsage.rss();
    await expect(read(compressedOf([bomb], [[bomb.length, 1000]]))).rejects.toMatchObject(CORRUPT);
    const many = Array.from({ length: 8 }, () => bomb);
    const content = compressedOf(
      many,
      many.map(() => [bomb.length, FRAME_SIZE]),
    );
    await expect(read(content)).rejects.toMatchObject(CORRUPT);
    expect(process.memoryUsage.rss() - before).toBeLessThan(64 * MIB);
  });

  it.each<[string, Buffer[], [number, number][]]>([
    ['a frame gives less than it says', [frame], [[frame.length, 1001]]],
    ['a frame is longer than its place', [frame], [[frame.length - 1, 1000]]],
    ['a frame is empty', [frame], [[0, 1000]]],
    ['frames leave a gap', [frame, Buffer.alloc(1)], [[frame.length, 1000]]],
    ['a frame is longer than any', [Buffer.alloc(300_000)], [[300_000, 1000]]],
    ['a frame is no frame', [randomBytes(100)], [[100, 1000]]],
    [
      'a frame that is not the last is short',
      [frame, frame],
      [
        [frame.length, 1000],
        [frame.length, 1000],
      ],
    ],
  ])('is refused when %s', async (_, frames, sizes) => {
    const content = compressedOf(frames, sizes);
    await expect(read(content)).rejects.toMatchObject(CORRUPT);
    await expect(pipeline.verify(content)).rejects.toMatchObject(CORRUPT);
  });

  it('never gives the last bytes of a whole whose digest does not fit', async () => {
    const bytes = contentOf(3 * MIB, 'text');
    const { blob, stored } = await pipeline.store(bytes, { compression: 'always' });
    const wrong = { blob: { ...blob, sha256: randomBytes(32) }, stored };
    let size = 0;
    const reading = (async () => {
      for await (const chunk of await pipeline.read(wrong)) size += chunk.length;
    })();
    await expect(reading).rejects.toMatchObject(CORRUPT);
    expect(size).toBeLessThan(bytes.length);
  });

  it('is refused whole when its header was changed', async () => {
    const { blob, stored } = await pipeline.store(contentOf(5000, 'text'), { compression: 'always' });
    stored[HEADER_SIZE - 1] = 1;
    await expect(read({ blob, stored })).rejects.toMatchObject(CORRUPT);
  });
});
