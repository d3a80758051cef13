import { willBeLocked } from '../../operations/objects/object-lock.js';
import { putObject as put } from '../../operations/objects/put-object.js';
import type { ObjectLock } from '../../operations/types.js';
import { type Answer, type Exchange, emptyAnswer, objectAddress } from '../exchange.js';
import { expirationHeaders } from '../expiration-headers.js';
import { hasDigest, maxPutBytes, openBody } from '../incoming-body.js';
import { checksumHeaders, versionHeaders } from '../object-headers.js';
import { readAcl } from '../protocol/acl.js';
import { writeConditions } from '../protocol/conditions.js';
import { encryptionHeaders, readEncryption } from '../protocol/encryption-headers.js';
import { readAttributes } from '../protocol/object-attributes.js';
import { readObjectLock } from '../protocol/object-lock.js';
import { s3Error } from '../protocol/s3-error.js';
import { readReplica } from '../replica-request.js';
import { copyObject } from './copy-object.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html ; with a copy source it is CopyObject. */
export async function putObject(exchange: Exchange): Promise<Answer> {
  const { headers, query } = exchange.request;
  if (query.parameters.length > 0 && query.has('partNumber')) {
    throw s3Error('InvalidArgument', 'This operation does not accept partNumber without uploadId', {
      ArgumentName: 'partNumber',
      ArgumentValue: 'partNumber',
    });
  }
  if (headers.values['x-amz-copy-source'] !== undefined) {
    return copyObject(exchange);
  }
  const conditions = writeConditions(headers);
  const encryption = readEncryption(headers);
  const lock = readObjectLock(headers);
  await requireDigest(exchange, lock);
  const replica = await readReplica(exchange, 's3:ReplicateObject');
  const written = await put(exchange.context, {
    ...objectAddress(exchange),
    body: openBody(exchange),
    attributes: readAttributes(headers),
    maxSize: maxPutBytes,
    acl: readAcl(headers),
    ...(conditions === undefined ? {} : { conditions }),
    ...(encryption === undefined ? {} : { encryption }),
    ...(lock === undefined ? {} : { lock }),
    ...replica,
  });
  const { object } = written;
  return emptyAnswer(
    [
      'ETag',
      `"${object.etag}"`,
      ...checksumHeaders(object.checksum),
      ...encryptionHeaders(object.encryption),
      ...versionHeaders(written),
      ...(await expirationHeaders(exchange, object)),
    ],
    200,
  );
}

/** What is kept for long had better be what was sent. */
async function requireDigest(exchange: Exchange, lock: ObjectLock | undefined): Promise<void> {
  if (!hasDigest(exchange) && (await willBeLocked(exchange.context, { ...objectAddress(exchange), lock }))) {
    throw s3Error(
      'InvalidRequest',
      'Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object Lock parameters',
    );
  }
}
