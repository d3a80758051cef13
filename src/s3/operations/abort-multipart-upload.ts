import { abortUpload } from '../../operations/uploads/abort-upload.js';
import { type Answer, type Exchange, emptyAnswer } from '../exchange.js';
import { uploadAddress } from '../upload-address.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html */
export async function abortMultipartUpload(exchange: Exchange): Promise<Answer> {
  await abortUpload(exchange.context, uploadAddress(exchange));
  return emptyAnswer();
}
