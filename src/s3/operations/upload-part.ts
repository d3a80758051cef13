import { putPart } from '../../operations/uploads/put-part.js';
import { type Answer, type Exchange, emptyAnswer } from '../exchange.js';
import { openBody } from '../incoming-body.js';
import { partChecksumHeaders } from '../object-headers.js';
import { encryptionHeaders, readCustomerKey } from '../protocol/encryption-headers.js';
import { parsePartNumber } from '../protocol/part-number.js';
import { s3Error } from '../protocol/s3-error.js';
import { uploadAddress } from '../upload-address.js';
import { uploadPartCopy } from './upload-part-copy.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html ; with a copy source it is UploadPartCopy. */
export async function uploadPart(exchange: Exchange): Promise<Answer> {
  const { headers, query } = exchange.request;
  if (!query.has('partNumber')) {
    throw s3Error('MethodNotAllowed', undefined, { Method: 'PUT', ResourceType: 'UPLOAD' });
  }
  const partNumber = parsePartNumber(query.get('partNumber') ?? '');
  if (headers.values['x-amz-copy-source'] !== undefined) {
    return uploadPartCopy(exchange, partNumber);
  }
  const body = openBody(exchange);
  const customerKey = readCustomerKey(headers);
  const part = await putPart(exchange.context, {
    ...uploadAddress(exchange),
    partNumber,
    body,
    ...(customerKey === undefined ? {} : { customerKey }),
  });
  const sealed = encryptionHeaders(part.encryption);
  return emptyAnswer(['ETag', `"${part.etag}"`, ...partChecksumHeaders(part), ...sealed], 200);
}
