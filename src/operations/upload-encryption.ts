import { GranaryError } from '../errors.js';
import { checkCustomerKey } from './seal-content.js';
import type { CustomerKey, EncryptionRequest } from './types.js';
import type { UploadRow } from './upload-row.js';

/**
 * How the parts of an upload are sealed: as was decided when it was created, so that all of them open with one key.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html
 */
export function encryptionOfPart(
  { encryption }: Pick<UploadRow, 'encryption'>,
  customerKey: CustomerKey | undefined,
): EncryptionRequest | undefined {
  if (encryption?.algorithm === 'SSE-C' && customerKey === undefined) {
    throw new GranaryError(
      'InvalidInput',
      'The multipart upload initiate requested encryption. Subsequent part requests must include the appropriate encryption parameters.',
      { reason: 'InvalidRequest' },
    );
  }
  checkCustomerKey(encryption, customerKey);
  return encryption?.algorithm === 'SSE-C' && customerKey !== undefined
    ? { algorithm: 'SSE-C', customerKey }
    : toRequest(encryption);
}

function toRequest(encryption: UploadRow['encryption']): EncryptionRequest | undefined {
  return encryption === null || encryption.algorithm === 'SSE-C' ? undefined : encryption;
}
