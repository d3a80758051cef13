import type { ChecksumType } from '../../operations/types.js';
import type { ChecksumAlgorithm } from '../../storage/checksums.js';
import type { RequestHeaders } from './request-headers.js';
import { s3Error } from './s3-error.js';

interface AlgorithmFacts {
  bytes: number;
  header: string;
  /** Its element in documents. */
  element: string;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html */
export const checksumAlgorithms: Record<ChecksumAlgorithm, AlgorithmFacts> = {
  CRC32: { bytes: 4, header: 'x-amz-checksum-crc32', element: 'ChecksumCRC32' },
  CRC32C: { bytes: 4, header: 'x-amz-checksum-crc32c', element: 'ChecksumCRC32C' },
  CRC64NVME: { bytes: 8, header: 'x-amz-checksum-crc64nvme', element: 'ChecksumCRC64NVME' },
  SHA1: { bytes: 20, header: 'x-amz-checksum-sha1', element: 'ChecksumSHA1' },
  SHA256: { bytes: 32, header: 'x-amz-checksum-sha256', element: 'ChecksumSHA256' },
  SHA512: { bytes: 64, header: 'x-amz-checksum-sha512', element: 'ChecksumSHA512' },
  MD5: { bytes: 16, header: 'x-amz-checksum-md5', element: 'ChecksumMD5' },
  XXHASH64: { bytes: 8, header: 'x-amz-checksum-xxhash64', element: 'ChecksumXXHASH64' },
  XXHASH3: { bytes: 8, header: 'x-amz-checksum-xxhash3', element: 'ChecksumXXHASH3' },
  XXHASH128: { bytes: 16, header: 'x-amz-checksum-xxhash128', element: 'ChecksumXXHASH128' },
};

const byHeader = new Map(
  Object.entries(checksumAlgorithms).map(([name, facts]) => [facts.header, name as ChecksumAlgorithm]),
);

/** Headers that begin like a checksum and are none. */
const checksumOptions = new Set(['x-amz-checksum-algorithm', 'x-amz-checksum-mode', 'x-amz-checksum-type']);

/** The one checksum that a request promises. */
export interface ChecksumClaim {
  algorithm: ChecksumAlgorithm;
  /** Absent when it stands in the trailer. */
  value?: Buffer;
}

/** What the headers say of a checksum of the body; undefined when they say nothing. */
export function readChecksumClaim({ values, amzNames }: RequestHeaders): ChecksumClaim | undefined {
  const names = amzNames.filter((name) => name.startsWith('x-amz-checksum-') && !checksumOptions.has(name));
  const trailer = values['x-amz-trailer']?.trim().toLowerCase();
  const announced = trailer === undefined ? [] : [trailer];
  if (names.length + announced.length > 1) {
    throw s3Error(
      'InvalidRequest',
      'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
    );
  }
  const header = names[0] ?? announced[0];
  const declared = values['x-amz-sdk-checksum-algorithm'];
  if (header === undefined) {
    if (declared !== undefined) {
      throw s3Error(
        'InvalidRequest',
        'x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.',
      );
    }
    return undefined;
  }
  const algorithm = byHeader.get(header);
  if (algorithm === undefined) {
    throw s3Error('InvalidRequest', 'The algorithm type you specified in x-amz-checksum- header is invalid.');
  }
  if (declared !== undefined && declared.toUpperCase() !== algorithm) {
    throw s3Error('InvalidRequest', 'Value for x-amz-sdk-checksum-algorithm header is invalid.');
  }
  return names.length === 0 ? { algorithm } : { algorithm, value: parseChecksum(algorithm, values[header] ?? '') };
}

/** Decodes a checksum; throws InvalidRequest unless it is base64 of the algorithm's length. */
export function parseChecksum(
  algorithm: ChecksumAlgorithm,
  text: string,
  place: 'header' | 'trailing header' = 'header',
): Buffer {
  if (!isChecksum(algorithm, text)) {
    throw s3Error('InvalidRequest', `Value for ${checksumAlgorithms[algorithm].header} ${place} is invalid.`);
  }
  return Buffer.from(text, 'base64');
}

/** True for base64 of as many bytes as the algorithm has. */
export function isChecksum(algorithm: ChecksumAlgorithm, text: string): boolean {
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === checksumAlgorithms[algorithm].bytes && bytes.toString('base64') === text;
}

/** Whether the checksum of a multipart object is to be of its bytes, or of its parts' checksums. */
export function parseChecksumType({ values }: RequestHeaders): ChecksumType | undefined {
  const type = values['x-amz-checksum-type']?.toUpperCase();
  if (type === undefined || type === 'FULL_OBJECT' || type === 'COMPOSITE') {
    return type;
  }
  throw s3Error('InvalidRequest', 'Value for x-amz-checksum-type header is invalid.');
}

/** The algorithm that a header or an element names; undefined when there is none. */
export function parseChecksumAlgorithm(name: string | undefined): ChecksumAlgorithm | undefined {
  if (name === undefined) {
    return undefined;
  }
  const upper = name.toUpperCase();
  if (!Object.hasOwn(checksumAlgorithms, upper)) {
    throw s3Error(
      'InvalidRequest',
      `Checksum algorithm provided is unsupported. Please try again with any of the valid types: [${Object.keys(checksumAlgorithms).join(', ')}]`,
    );
  }
  return upper as ChecksumAlgorithm;
}

/** Content-MD5 (RFC 1864); throws InvalidDigest unless it is base64 of sixteen bytes. */
export function parseContentMd5(text: string | undefined): Buffer | undefined {
  if (text === undefined) {
    return undefined;
  }
  const bytes = Buffer.from(text, 'base64');
  if (!/^[A-Za-z0-9+/]{22}==$/.test(text)) {
    throw s3Error('InvalidDigest', undefined, { 'Content-MD5': text });
  }
  return bytes;
}
