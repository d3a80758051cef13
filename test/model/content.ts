import { createHash } from 'node:crypto';
import fc from 'fast-check';

/** Some bytes, by what makes them: equal contents have equal bytes. */
export interface Content {
  size: number;
  seed: number;
}

/** Objects up to this size are kept in their row; most contents of the model are larger. */
export const inlineLimit = 64;

const MiB = 1024 * 1024;
const made = new Map<string, Buffer>();

/** Few contents, so that many writes meet bytes that are stored already. */
export const anyContent: fc.Arbitrary<Content> = fc.record({
  size: fc.oneof(
    { weight: 4, arbitrary: fc.constant(0) },
    { weight: 16, arbitrary: fc.constantFrom(1, inlineLimit, inlineLimit + 1) },
    { weight: 60, arbitrary: fc.constantFrom(700, 9_000, 70_000) },
    { weight: 1, arbitrary: fc.constantFrom(MiB, MiB + 1, MiB + 300_000) },
  ),
  seed: fc.nat(2),
});

/** The least that S3 takes for a part which is not the last. */
export const fullPart: Content = { size: 5 * MiB, seed: 9 };

/** The bytes, the same each time. */
export function bytesOf({ size, seed }: Content): Buffer {
  const name = `${size}/${seed}`;
  const known = made.get(name);
  if (known !== undefined) {
    return known;
  }
  const bytes = Buffer.alloc(size);
  let state = (size + 1) * 2_654_435_761 + seed * 40_503 + 1;
  for (let i = 0; i < size; i += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    bytes[i] = state >>> 24;
  }
  made.set(name, bytes);
  return bytes;
}

/** The bytes as a body arrives: in a few pieces. */
export async function* streamOf(content: Content): AsyncGenerator<Uint8Array> {
  const bytes = bytesOf(content);
  const piece = Math.max(1, Math.ceil(bytes.length / 3));
  for (let start = 0; start < bytes.length; start += piece) {
    yield bytes.subarray(start, start + piece);
  }
}

export function md5Of(content: Content): Buffer {
  return createHash('md5').update(bytesOf(content)).digest();
}

/** S3's entity tag of an object that was put in one piece, or of one made of parts. */
export function etagOf(pieces: readonly Content[], partCount: number): string {
  if (partCount === 0) {
    return createHash('md5').update(bytesOfAll(pieces)).digest('hex');
  }
  return `${createHash('md5')
    .update(Buffer.concat(pieces.map(md5Of)))
    .digest('hex')}-${partCount}`;
}

export function bytesOfAll(pieces: readonly Content[]): Buffer {
  return Buffer.concat(pieces.map(bytesOf));
}

export function sizeOf(pieces: readonly Content[]): number {
  return pieces.reduce((sum, piece) => sum + piece.size, 0);
}
