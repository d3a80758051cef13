import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import type { ByteRange } from '../../src/storage/blob-store.js';
import { decodeWhole } from '../../src/storage/format/blob-decoder.js';
import { encodeWhole } from '../../src/storage/format/blob-encoder.js';
import { BlobFormat, FRAME_SIZE, HEADER_SIZE, SEGMENT_SIZE, TAG_SIZE } from '../../src/storage/format/blob-format.js';
import { PIECE_SIZE } from '../../src/storage/format/blob-pieces.js';
import { segmentNonce } from '../../src/storage/format/segments.js';
import { contentOf, FORMATS, newSeal, openPipeline, type Pipeline, type StoredContent } from './pipeline.js';

const MIB = 1024 * 1024;
const MANY_RUNS_MS = 120_000;
const CORRUPT = { kind: 'Internal', reason: 'CorruptBlob' };

/** Around every limit of the format and of the pipeline. */
const LIMITS = [0, SEGMENT_SIZE, FRAME_SIZE, PIECE_SIZE, MIB, 2 * MIB, 3 * MIB];

const sizes = fc
  .tuple(fc.constantFrom(...LIMITS), fc.integer({ min: -2, max: 2 }))
  .map(([limit, offset]) => Math.max(0, limit + offset));

let pipeline: Pipeline;

beforeAll(async () => {
  pipeline = await openPipeline();
});

afterEach(async () => {
  pipeline.expectNothingLeft();
  expect(await pipeline.staged()).toEqual([]);
});

afterAll(() => pipeline[Symbol.asyncDispose]());

function rangesOf(size: number): fc.Arbitrary<ByteRange> {
  const near = LIMITS.flatMap((limit) => [limit - 1, limit, limit + 1]).filter((at) => at >= 0 && at < size);
  const position = fc.oneof(fc.integer({ min: 0, max: size - 1 }), fc.constantFrom(...near));
  return fc.tuple(position, position).map(([a, b]) => ({ start: Math.min(a, b), end: Math.max(a, b) }));
}

const kinds = fc.constantFrom('text' as const, 'random' as const);

describe.each(FORMATS)('the format $name', ({ sealed, compression }) => {
  const options = () => ({ seal: sealed === 'sealed' ? newSeal() : null, compression });

  it(
    'gives back content of any size, whole and in any range',
    async () => {
      const cases = fc.tuple(sizes, kinds).chain(([size, kind]) =>
        fc.record({
          size: fc.constant(size),
          kind: fc.constant(kind),
          chunk: fc.integer({ min: 1000, max: 2 * MIB }),
          ranges: size === 0 ? fc.constant([]) : fc.array(rangesOf(size), { minLength: 4, maxLength: 4 }),
        }),
      );
      await fc.assert(
        fc.asyncProperty(cases, async ({ size, kind, chunk, ranges }) => {
          const bytes = contentOf(size, kind);
          const stored = await pipeline.store(bytes, { ...options(), chunk });
          expect(stored.stored).toHaveLength(stored.blob.storedSize);
          expect((await buffer(await pipeline.read(stored))).equals(bytes)).toBe(true);
          for (const range of ranges) {
            const read = await buffer(await pipeline.read(stored, { range }));
            expect(read.equals(bytes.subarray(range.start, range.end + 1))).toBe(true);
          }
          expect(await pipeline.verify(stored)).toBeGreaterThanOrEqual(stored.blob.storedSize);
        }),
        { numRuns: 40 },
      );
    },
    MANY_RUNS_MS,
  );

  it('stores the same bytes whether content comes at once or as a stream, but for what the seal makes of it', async () => {
    const bytes = contentOf(3 * MIB + 5, 'text');
    const given = options();
    const { stored, blob } = await pipeline.store(bytes, { ...given, chunk: 100_001 });
    const whole = encodeWhole(bytes, given);
    expect(whole.format).toBe(blob.format);
    expect(whole.stored.equals(stored)).toBe(true);
    expect(decodeWhole(stored, blob).equals(bytes)).toBe(true);
  });
});

describe.each(FORMATS.filter(({ sealed }) => sealed === 'sealed'))('damage to $name bytes', ({ compression }) => {
  async function expectRefused(damaged: StoredContent, bytes: Buffer): Promise<void> {
    const received: Buffer[] = [];
    const reading = (async () => {
      for await (const chunk of await pipeline.read(damaged)) received.push(chunk);
    })();
    await expect(reading).rejects.toMatchObject(CORRUPT);
    const delivered = Buffer.concat(received);
    expect(delivered.equals(bytes.subarray(0, delivered.length))).toBe(true);
    expect(delivered.length).toBeLessThan(Math.max(1, bytes.length));
    await expect(pipeline.verify(damaged)).rejects.toMatchObject(CORRUPT);
  }

  it.each([0, 1, 200_000, 2 * MIB + 100])(
    'is noticed before a wrong byte is given out of %d, wherever a bit flips',
    async (size) => {
      const bytes = contentOf(size, 'text');
      const { blob, stored } = await pipeline.store(bytes, { seal: newSeal(), compression });
      const anywhere = fc.oneof(
        fc.integer({ min: 0, max: stored.length - 1 }),
        fc.integer({ min: 0, max: HEADER_SIZE - 1 }),
        fc.integer({ min: Math.max(0, stored.length - 40), max: stored.length - 1 }),
      );
      await fc.assert(
        fc.asyncProperty(anywhere, fc.integer({ min: 0, max: 7 }), async (position, bit) => {
          const damaged = Buffer.from(stored);
          damaged[position] = (damaged[position] ?? 0) ^ (1 << bit);
          await expectRefused({ blob, stored: damaged }, bytes);
        }),
        { numRuns: 40 },
      );
    },
    MANY_RUNS_MS,
  );

  it(
    'is noticed when bytes are cut off, also where the row knows of it',
    async () => {
      const bytes = contentOf(2 * MIB + 100, 'text');
      const { blob, stored } = await pipeline.store(bytes, { seal: newSeal(), compression });
      const lengths = fc.oneof(
        fc.integer({ min: 0, max: stored.length - 1 }),
        fc
          .integer({ min: 0, max: Math.floor((stored.length - HEADER_SIZE) / (SEGMENT_SIZE + TAG_SIZE)) })
          .map((segments) => HEADER_SIZE + segments * (SEGMENT_SIZE + TAG_SIZE)),
      );
      await fc.assert(
        fc.asyncProperty(lengths, async (length) => {
          const cut = stored.subarray(0, length);
          await expectRefused({ blob, stored: cut }, bytes);
          await expectRefused({ blob: { ...blob, storedSize: length }, stored: cut }, bytes);
        }),
        { numRuns: 40 },
      );
    },
    MANY_RUNS_MS,
  );

  it('is noticed in ranges, too', async () => {
    const bytes = contentOf(2 * MIB, 'random');
    const { blob, stored } = await pipeline.store(bytes, { seal: newSeal(), compression });
    const damaged = Buffer.from(stored);
    damaged[MIB] = (damaged[MIB] ?? 0) ^ 1;
    const [near, far] = [
      { start: MIB - 10, end: MIB + 10 },
      { start: 10, end: 20 },
    ];
    await expect(pipeline.read({ blob, stored: damaged }, { range: near })).rejects.toMatchObject(CORRUPT);
    expect(await buffer(await pipeline.read({ blob, stored: damaged }, { range: far }))).toEqual(
      bytes.subarray(10, 21),
    );
  });
});

describe('nonces', () => {
  it('differ for any two segments of a blob', () => {
    const place = fc.tuple(fc.maxSafeNat(), fc.boolean());
    fc.assert(
      fc.property(place, place, ([a, lastA], [b, lastB]) => {
        const same = segmentNonce(a, lastA).equals(segmentNonce(b, lastB));
        expect(same).toBe(a === b && lastA === lastB);
      }),
      { numRuns: 1000 },
    );
  });

  it('are never used with one key for two contents: equal segments give different bytes', () => {
    const { stored } = encodeWhole(Buffer.alloc(64 * SEGMENT_SIZE), { seal: newSeal(), compression: 'off' });
    const segments = Array.from({ length: 64 }, (_, i) => {
      const start = HEADER_SIZE + i * (SEGMENT_SIZE + TAG_SIZE);
      return stored.toString('latin1', start, start + SEGMENT_SIZE);
    });
    expect(new Set(segments).size).toBe(64);
  });
});

describe('compression by sample', () => {
  it.each([3_000, 300_000, 3 * MIB])(
    'compresses %d bytes that shrink, and leaves alone what does not',
    async (size) => {
      const text = await pipeline.store(contentOf(size, 'text'), { compression: 'sample' });
      expect(text.blob.format).toBe(BlobFormat.COMPRESSED);
      expect(text.blob.storedSize).toBeLessThan(0.9 * size);
      const random = await pipeline.store(contentOf(size, 'random'), { compression: 'sample', seal: newSeal() });
      expect(random.blob.format).toBe(BlobFormat.SEALED);
    },
  );

  it('never compresses content that stays inline', async () => {
    const bytes = contentOf(3_000, 'text');
    const { blob } = await pipeline.store(bytes, { compression: 'always', inlineLimit: 3_000, seal: newSeal() });
    expect(blob.format).toBe(BlobFormat.SEALED);
  });
});

describe('inline bytes', () => {
  it('do not fit another key, another id or another format', () => {
    const seal = newSeal();
    const bytes = randomBytes(100);
    const { stored, format } = encodeWhole(bytes, { seal, compression: 'off' });
    const blob = { size: 100, storedSize: stored.length, format, seal };
    expect(decodeWhole(stored, blob)).toEqual(bytes);
    for (const wrong of [
      { seal: { ...seal, key: randomBytes(32) } },
      { seal: { ...seal, id: randomBytes(16) } },
      { format: 3 },
      { format: 4 },
      { size: 99 },
      { storedSize: stored.length + 1 },
    ]) {
      expect(() => decodeWhole(stored, { ...blob, ...wrong })).toThrow(expect.objectContaining(CORRUPT));
    }
  });
});
