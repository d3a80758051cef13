import { putObject as put } from '../../operations/put-object.js';
import { type Answer, type Exchange, emptyAnswer, objectAddress } from '../exchange.js';
import { maxPutBytes, openBody } from '../incoming-body.js';
import { checksumHeaders, versionHeaders } from '../object-headers.js';
import { writeConditions } from '../protocol/conditions.js';
import { readAttributes } from '../protocol/object-attributes.js';
import { s3Error } from '../protocol/s3-error.js';
import { copyObject } from './copy-object.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html ; with a copy source it is CopyObject. */
export async function putObject(exchange: Exchange): Promise<Answer> {
  const { headers, query } = exchange.request;
  if (query.parameters.length > 0 && query.has('partNumber')) {
    throw s3Error('InvalidArgument', 'This operation does not accept partNumber without uploadId', {
      ArgumentName: 'partNumber',
    });
  }
  if (headers.values['x-amz-copy-source'] !== undefined) {
    return copyObject(exchange);
  }
  const conditions = writeConditions(headers);
  const written = await put(exchange.context, {
    ...objectAddress(exchange),
    body: openBody(exchange),
    attributes: readAttributes(headers),
    maxSize: maxPutBytes,
    ...(conditions === undefined ? {} : { conditions }),
  });
  const { object } = written;
  return emptyAnswer(
    ['ETag', `"${object.etag}"`, ...checksumHeaders(object.checksum), ...versionHeaders(written)],
    200,
  );
}
