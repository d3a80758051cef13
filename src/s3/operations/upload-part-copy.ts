import { copyPart } from '../../operations/uploads/copy-part.js';
import { type Answer, type Exchange, xmlAnswer } from '../exchange.js';
import { partChecksumElement } from '../object-headers.js';
import { copySourceConditions } from '../protocol/conditions.js';
import { parseCopySource } from '../protocol/copy-source.js';
import { formatDocumentDate } from '../protocol/dates.js';
import { encryptionHeaders, readCustomerKey } from '../protocol/encryption-headers.js';
import { parseCopyRange } from '../protocol/range.js';
import { element, s3Document } from '../protocol/xml-writer.js';
import { uploadAddress } from '../upload-address.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html */
export async function uploadPartCopy(exchange: Exchange, partNumber: number): Promise<Answer> {
  const { headers } = exchange.request;
  const part = await copyPart(exchange.context, {
    ...uploadAddress(exchange),
    partNumber,
    source: parseCopySource(headers.values['x-amz-copy-source'] ?? ''),
    range: parseCopyRange(headers.values['x-amz-copy-source-range']),
    sourceConditions: copySourceConditions(headers),
    sourceKey: readCustomerKey(headers, 'source'),
    customerKey: readCustomerKey(headers),
  });
  return xmlAnswer(
    s3Document('CopyPartResult', [
      element('LastModified', formatDocumentDate(part.createdAt)),
      element('ETag', `"${part.etag}"`),
      partChecksumElement(part),
    ]),
    [
      ...(part.sourceVersionId === undefined ? [] : ['x-amz-copy-source-version-id', part.sourceVersionId]),
      ...encryptionHeaders(part.encryption),
    ],
  );
}
