import { abortUpload } from '../../operations/uploads/abort-upload.js';
import { type Answer, type Exchange, emptyAnswer } from '../exchange.js';
import { parseExpected } from '../protocol/conditions.js';
import { uploadAddress } from '../upload-address.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html */
export async function abortMultipartUpload(exchange: Exchange): Promise<Answer> {
  const { lastModified: begun } = parseExpected(
    undefined,
    exchange.request.headers.values['x-amz-if-match-initiated-time'],
  );
  await abortUpload(exchange.context, { ...uploadAddress(exchange), ...(begun === undefined ? {} : { begun }) });
  return emptyAnswer();
}
