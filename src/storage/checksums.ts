import { createHash, hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { crc32c } from '@node-rs/crc32';
import { Crc64Nvme } from './crc64nvme.js';
import { createXxHash, loadXxHash } from './xxhash.js';

/** The additional checksums of the S3 API, by its names. */
export const CHECKSUM_ALGORITHMS = [
  'CRC32',
  'CRC32C',
  'CRC64NVME',
  'SHA1',
  'SHA256',
  'SHA512',
  'MD5',
  'XXHASH64',
  'XXHASH3',
  'XXHASH128',
] as const;

export type ChecksumAlgorithm = (typeof CHECKSUM_ALGORITHMS)[number];

type CryptographicAlgorithm = 'MD5' | 'SHA1' | 'SHA256' | 'SHA512';

/** A digest in the making. After `digest` it is used up. */
export interface RunningDigest {
  update(bytes: Uint8Array): void;
  digest(): Buffer;
}

type RunningCrc32 = (bytes: Uint8Array, value: number) => number;

const DIGEST_LENGTHS: Record<ChecksumAlgorithm, number> = {
  CRC32: 4,
  CRC32C: 4,
  CRC64NVME: 8,
  MD5: 16,
  SHA1: 20,
  SHA256: 32,
  SHA512: 64,
  XXHASH64: 8,
  XXHASH3: 8,
  XXHASH128: 16,
};

/** The number of bytes in a checksum, before base64. */
export function checksumLength(algorithm: ChecksumAlgorithm): number {
  return DIGEST_LENGTHS[algorithm];
}

/** To be awaited before a digest of the algorithm is begun, where it may be any. */
export async function prepareDigest(algorithm: ChecksumAlgorithm | null | undefined): Promise<void> {
  if (algorithm?.startsWith('XXHASH')) {
    await loadXxHash();
  }
}

/** Starts a digest that takes its bytes piece by piece. CRCs come out big-endian, as S3 writes them. */
export function createDigest(algorithm: ChecksumAlgorithm): RunningDigest {
  switch (algorithm) {
    case 'CRC32':
      return runningCrc32(crc32);
    case 'CRC32C':
      return runningCrc32(crc32c);
    case 'CRC64NVME':
      return runningCrc64();
    case 'MD5':
    case 'SHA1':
    case 'SHA256':
    case 'SHA512':
      return createHash(algorithm);
    case 'XXHASH64':
    case 'XXHASH3':
    case 'XXHASH128':
      return createXxHash(algorithm);
    default:
      return algorithm satisfies never;
  }
}

/** The digest of bytes that are all there; for short ones this is much cheaper than a running digest. */
export function checksumOf(algorithm: ChecksumAlgorithm, bytes: Uint8Array): Buffer {
  if (isCryptographic(algorithm)) {
    return hash(algorithm, bytes, 'buffer');
  }
  const running = createDigest(algorithm);
  running.update(bytes);
  return running.digest();
}

function isCryptographic(algorithm: ChecksumAlgorithm): algorithm is CryptographicAlgorithm {
  return algorithm === 'MD5' || algorithm.startsWith('SHA');
}

function runningCrc32(continueCrc: RunningCrc32): RunningDigest {
  let value = 0;
  return {
    update(bytes) {
      value = continueCrc(bytes, value);
    },
    digest() {
      const digest = Buffer.alloc(4);
      digest.writeUInt32BE(value);
      return digest;
    },
  };
}

function runningCrc64(): RunningDigest {
  const crc = new Crc64Nvme();
  return {
    update: (bytes) => crc.update(bytes),
    digest() {
      const digest = Buffer.alloc(8);
      digest.writeBigUInt64BE(crc.value);
      return digest;
    },
  };
}
