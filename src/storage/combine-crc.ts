import { GranaryError } from '../errors.js';
import { type ChecksumAlgorithm, checksumLength } from './checksums.js';

/** The checksums whose value for a whole follows from the values of its parts. */
export type CombinableAlgorithm = 'CRC32' | 'CRC32C' | 'CRC64NVME';

export interface ChecksummedPart {
  checksum: Uint8Array;
  size: number;
}

/** The generator polynomials, bit-reversed. */
const POLYNOMIALS: Record<CombinableAlgorithm, bigint> = {
  CRC32: 0xedb88320n,
  CRC32C: 0x82f63b78n,
  CRC64NVME: 0x9a6c9329ac4bc9b5n,
};

export function isCombinable(algorithm: ChecksumAlgorithm): algorithm is CombinableAlgorithm {
  return algorithm in POLYNOMIALS;
}

/**
 * The checksum of the concatenation of parts, from theirs alone (S3's FULL_OBJECT type): no byte is read.
 * Parts are in the order of the content; without any the result is the checksum of nothing.
 */
export function combineCrc(algorithm: CombinableAlgorithm, parts: readonly ChecksummedPart[]): Buffer {
  const field = fieldOf(algorithm);
  // Parts are mostly of one size, and the factor of a size is the costly half of the work.
  const factors = new Map<number, bigint>();
  let combined = 0n;
  for (const { checksum, size } of parts) {
    const factor = factors.get(size) ?? field.powerOfBytes(size);
    factors.set(size, factor);
    combined = field.multiply(factor, combined) ^ toBigInt(algorithm, checksum);
  }
  return fromBigInt(algorithm, combined);
}

/**
 * Polynomials over GF(2) modulo a CRC's generator, bit-reversed: the highest bit is the coefficient of x^0.
 * To put n bytes behind some content is to multiply its CRC by x^(8n); zlib's crc32_combine does the same.
 */
class CrcField {
  readonly #polynomial: bigint;
  readonly #one: bigint;
  /** The k-th entry is x^(8 * 2^k). */
  readonly #squares: bigint[] = [];

  constructor(polynomial: bigint, width: number) {
    this.#polynomial = polynomial;
    this.#one = 1n << BigInt(width - 1);
    let square = this.#one >> 8n;
    for (let k = 0; k < 53; k++) {
      this.#squares.push(square);
      square = this.multiply(square, square);
    }
  }

  multiply(a: bigint, b: bigint): bigint {
    let product = 0n;
    let shifted = b;
    for (let bit = this.#one; bit !== 0n; bit >>= 1n) {
      if (a & bit) product ^= shifted;
      shifted = shifted & 1n ? (shifted >> 1n) ^ this.#polynomial : shifted >> 1n;
    }
    return product;
  }

  powerOfBytes(count: number): bigint {
    let power = this.#one;
    let rest = count;
    for (const square of this.#squares) {
      if (rest === 0) break;
      if (rest % 2 === 1) power = this.multiply(power, square);
      rest = Math.floor(rest / 2);
    }
    return power;
  }
}

const fields = new Map<CombinableAlgorithm, CrcField>();

function fieldOf(algorithm: CombinableAlgorithm): CrcField {
  const field = fields.get(algorithm) ?? new CrcField(POLYNOMIALS[algorithm], 8 * checksumLength(algorithm));
  fields.set(algorithm, field);
  return field;
}

function toBigInt(algorithm: CombinableAlgorithm, checksum: Uint8Array): bigint {
  if (checksum.length !== checksumLength(algorithm)) {
    throw new GranaryError('InvalidInput', `A ${algorithm} checksum has ${checksumLength(algorithm)} bytes.`);
  }
  return BigInt(`0x${Buffer.from(checksum).toString('hex')}`);
}

function fromBigInt(algorithm: CombinableAlgorithm, value: bigint): Buffer {
  const length = checksumLength(algorithm);
  return Buffer.from(value.toString(16).padStart(2 * length, '0'), 'hex');
}
