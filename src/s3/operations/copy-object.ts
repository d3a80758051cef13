import { copyObject as copy } from '../../operations/objects/copy-object.js';
import { type Answer, type Exchange, objectAddress, xmlAnswer } from '../exchange.js';
import { expirationHeaders } from '../expiration-headers.js';
import { checksumElements, versionHeaders } from '../object-headers.js';
import { readAcl } from '../protocol/acl.js';
import { parseChecksumAlgorithm } from '../protocol/checksum-headers.js';
import { copySourceConditions, writeConditions } from '../protocol/conditions.js';
import { parseCopySource } from '../protocol/copy-source.js';
import { formatDocumentDate } from '../protocol/dates.js';
import { encryptionHeaders, readCustomerKey, readEncryption } from '../protocol/encryption-headers.js';
import { readAttributes } from '../protocol/object-attributes.js';
import { readObjectLock } from '../protocol/object-lock.js';
import { s3Error } from '../protocol/s3-error.js';
import { element, s3Document } from '../protocol/xml-writer.js';

/** Larger objects are copied by parts. https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const maxCopySize = 5 * 1024 ** 3;

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html */
export async function copyObject(exchange: Exchange): Promise<Answer> {
  const { headers } = exchange.request;
  const copied = await copy(exchange.context, {
    source: parseCopySource(headers.values['x-amz-copy-source'] ?? ''),
    target: objectAddress(exchange),
    metadataDirective: directive(exchange, 'x-amz-metadata-directive'),
    taggingDirective: directive(exchange, 'x-amz-tagging-directive'),
    attributes: readAttributes(headers),
    sourceConditions: copySourceConditions(headers),
    conditions: writeConditions(headers),
    encryption: readEncryption(headers),
    sourceKey: readCustomerKey(headers, 'source'),
    maxSize: maxCopySize,
    lock: readObjectLock(headers),
    acl: readAcl(headers),
    checksumAlgorithm: parseChecksumAlgorithm(headers.values['x-amz-checksum-algorithm']),
  });
  const { object, sourceVersionId } = copied;
  const source = sourceVersionId === undefined ? [] : ['x-amz-copy-source-version-id', sourceVersionId];
  return xmlAnswer(
    s3Document('CopyObjectResult', [
      element('LastModified', formatDocumentDate(object.createdAt)),
      element('ETag', `"${object.etag}"`),
      ...checksumElements(object.checksum),
    ]),
    [
      ...source,
      ...encryptionHeaders(object.encryption),
      ...versionHeaders(copied),
      ...(await expirationHeaders(exchange, object)),
    ],
  );
}

function directive({ request }: Exchange, header: string): 'COPY' | 'REPLACE' {
  const value = request.headers.values[header]?.toUpperCase() ?? 'COPY';
  if (value !== 'COPY' && value !== 'REPLACE') {
    throw s3Error('InvalidArgument', `Unknown ${header}.`, { ArgumentName: header, ArgumentValue: value });
  }
  return value;
}
