import fc from 'fast-check';
import {
  CHECKSUM_ALGORITHMS,
  checksumLength,
  checksumOf,
  createDigest,
  prepareDigest,
} from '../../src/storage/checksums.js';
import { type CombinableAlgorithm, combineCrc, isCombinable } from '../../src/storage/combine-crc.js';

const COMBINABLE = CHECKSUM_ALGORITHMS.filter((algorithm): algorithm is CombinableAlgorithm => isCombinable(algorithm));

const chunks = fc.array(fc.uint8Array({ maxLength: 100 }), { maxLength: 20 });

beforeAll(() => prepareDigest('XXHASH3'));

describe('checksums', () => {
  // The check values of the CRC catalogue (reveng), the digests that openssl gives, and those of the xxHash suite.
  it.each([
    ['CRC32', '123456789', 'cbf43926'],
    ['CRC32C', '123456789', 'e3069283'],
    ['CRC64NVME', '123456789', 'ae8b14860a799888'],
    ['SHA1', '123456789', 'f7c3bc1d808e04732adf679965ccc34ca7ae3441'],
    ['SHA256', '123456789', '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225'],
    ['MD5', '123456789', '25f9e794323b453885f5181f1b624d0b'],
    ['XXHASH64', '', 'ef46db3751d8e999'],
    ['XXHASH3', '', '2d06800538d394c2'],
    ['XXHASH128', '', '99aa06d3014798d86001c324468d497f'],
    ['CRC32', '', '00000000'],
    ['CRC32C', '', '00000000'],
    ['CRC64NVME', '', '0000000000000000'],
    ['SHA256', '', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ] as const)('%s of %p is the published value', (algorithm, text, expected) => {
    expect(checksumOf(algorithm, Buffer.from(text)).toString('hex')).toBe(expected);
  });

  it.each(CHECKSUM_ALGORITHMS)('%s does not depend on how the bytes were split', (algorithm) => {
    fc.assert(
      fc.property(chunks, (pieces) => {
        const running = createDigest(algorithm);
        for (const piece of pieces) running.update(piece);
        expect(running.digest()).toEqual(checksumOf(algorithm, Buffer.concat(pieces)));
      }),
    );
  });

  it.each(CHECKSUM_ALGORITHMS)('%s of two contents at a time does not mix them up', (algorithm) => {
    const [first, second] = [createDigest(algorithm), createDigest(algorithm)];
    for (const letter of ['a', 'b']) {
      first.update(Buffer.from(letter));
      second.update(Buffer.from(letter.toUpperCase()));
    }
    expect(first.digest()).toEqual(checksumOf(algorithm, Buffer.from('ab')));
    expect(second.digest()).toEqual(checksumOf(algorithm, Buffer.from('AB')));
  });

  it.each(CHECKSUM_ALGORITHMS)('%s has the length that it says', (algorithm) => {
    expect(checksumOf(algorithm, Buffer.from('x'))).toHaveLength(checksumLength(algorithm));
  });

  it.each(CHECKSUM_ALGORITHMS)('%s reads shared memory', (algorithm) => {
    const bytes = Buffer.from(new SharedArrayBuffer(100)).fill('shared');
    expect(checksumOf(algorithm, bytes)).toEqual(checksumOf(algorithm, Buffer.from(bytes)));
  });
});

describe('combined CRCs', () => {
  it.each(COMBINABLE)('%s of a whole follows from its parts', (algorithm) => {
    fc.assert(
      fc.property(chunks, (pieces) => {
        const parts = pieces.map((piece) => ({ checksum: checksumOf(algorithm, piece), size: piece.length }));
        expect(combineCrc(algorithm, parts)).toEqual(checksumOf(algorithm, Buffer.concat(pieces)));
      }),
    );
  });

  it.each(COMBINABLE)('%s combines parts of several MiB', (algorithm) => {
    const pieces = [5 << 20, 3, 1 << 20].map((size, i) => Buffer.alloc(size, i + 1));
    const parts = pieces.map((piece) => ({ checksum: checksumOf(algorithm, piece), size: piece.length }));
    expect(combineCrc(algorithm, parts)).toEqual(checksumOf(algorithm, Buffer.concat(pieces)));
  });

  it('refuses a checksum of another length', () => {
    expect(() => combineCrc('CRC32', [{ checksum: Buffer.alloc(8), size: 1 }])).toThrow('has 4 bytes');
  });
});
