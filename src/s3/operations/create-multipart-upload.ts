import { createUpload } from '../../operations/uploads/create-upload.js';
import { type Answer, type Exchange, objectAddress, xmlAnswer } from '../exchange.js';
import { readAcl } from '../protocol/acl.js';
import { parseChecksumAlgorithm, parseChecksumType } from '../protocol/checksum-headers.js';
import { encryptionHeaders, readEncryption } from '../protocol/encryption-headers.js';
import { readAttributes } from '../protocol/object-attributes.js';
import { readObjectLock } from '../protocol/object-lock.js';
import { element, s3Document } from '../protocol/xml-writer.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html */
export async function createMultipartUpload(exchange: Exchange): Promise<Answer> {
  const { headers } = exchange.request;
  const address = objectAddress(exchange);
  const upload = await createUpload(exchange.context, {
    ...address,
    attributes: readAttributes(headers),
    checksumAlgorithm: parseChecksumAlgorithm(headers.values['x-amz-checksum-algorithm']),
    lock: readObjectLock(headers),
    acl: readAcl(headers),
    encryption: readEncryption(headers),
    checksumType: parseChecksumType(headers),
  });
  const { checksumAlgorithm, checksumType } = upload;
  return xmlAnswer(
    s3Document('InitiateMultipartUploadResult', [
      element('Bucket', address.bucket),
      element('Key', address.key),
      element('UploadId', upload.id),
    ]),
    [
      ...encryptionHeaders(upload.encryption),
      ...(checksumAlgorithm === null
        ? []
        : ['x-amz-checksum-algorithm', checksumAlgorithm, 'x-amz-checksum-type', checksumType ?? 'COMPOSITE']),
    ],
  );
}
