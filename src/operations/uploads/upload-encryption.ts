import { wrapperOf } from '../../auth/data-keys.js';
import { GranaryError } from '../../errors.js';
import { checkCustomerKey, type InTheClear, type SealedRow } from '../encryption/seal-content.js';
import type { CustomerKey, EncryptionRequest, ObjectEncryption } from '../types.js';
import type { UploadRow } from './upload-row.js';

/**
 * How the parts of an upload are sealed: as was decided when it was created, so that all of them open with one key.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html
 */
export function encryptionOfPart(
  { encryption, isEncryptionDecided }: Pick<UploadRow, 'encryption' | 'isEncryptionDecided'>,
  customerKey: CustomerKey | undefined,
): EncryptionRequest | InTheClear | undefined {
  if (encryption?.algorithm === 'SSE-C' && customerKey === undefined) {
    throw new GranaryError(
      'InvalidInput',
      'The multipart upload initiate requested encryption. Subsequent part requests must include the appropriate encryption parameters.',
      { reason: 'InvalidRequest' },
    );
  }
  if (encryption?.algorithm === 'SSE-C' && customerKey !== undefined && customerKey.md5 !== encryption.keyMd5) {
    throw otherParameters();
  }
  checkCustomerKey(encryption, customerKey);
  if (encryption === null) {
    return isEncryptionDecided ? { algorithm: 'NONE' } : undefined;
  }
  if (encryption.algorithm !== 'SSE-C') {
    return encryption;
  }
  return customerKey && { algorithm: 'SSE-C', customerKey };
}

/**
 * Completing an upload needs no key, for no byte is read; a key that comes along must be the one of the parts. As in AWS
 * it must come for an upload with a checksum, which says something of the bytes.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html
 */
export function checkKeyOfCompletion(
  { encryption, checksumAlgorithm }: Pick<UploadRow, 'encryption' | 'checksumAlgorithm'>,
  customerKey: CustomerKey | undefined,
): void {
  if (encryption?.algorithm === 'SSE-C' && checksumAlgorithm !== null && customerKey === undefined) {
    throw new GranaryError(
      'InvalidInput',
      'Completing an upload with a checksum takes the customer-provided encryption key that its parts were sent with.',
      { reason: 'InvalidArgument' },
    );
  }
  const isOther = encryption?.algorithm !== 'SSE-C' || customerKey?.md5 !== encryption.keyMd5;
  if (customerKey !== undefined && isOther) {
    throw otherParameters();
  }
}

/**
 * How the object is sealed that an upload's parts make. Where it was not decided when the upload was created, each part
 * was by itself: then a named key counts most, for what it seals must not be shared as if anybody might read it.
 */
export function encryptionOfWhole(
  { encryption, isEncryptionDecided }: Pick<UploadRow, 'encryption' | 'isEncryptionDecided'>,
  parts: readonly SealedRow[],
): ObjectEncryption | null {
  if (isEncryptionDecided) {
    return encryption;
  }
  const wrappers = parts.map(({ wrappedKey }) => wrappedKey && wrapperOf(wrappedKey));
  const [keyId] = wrappers.flatMap((wrapper) => (wrapper?.kind === 'named' ? [wrapper.id] : []));
  if (keyId !== undefined) {
    return { algorithm: 'aws:kms', keyId };
  }
  return wrappers.every((wrapper) => wrapper?.kind === 'master') ? { algorithm: 'AES256' } : null;
}

function otherParameters(): GranaryError {
  return new GranaryError(
    'InvalidInput',
    'The provided encryption parameters did not match the ones used originally.',
    { reason: 'InvalidRequest' },
  );
}
