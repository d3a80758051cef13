import { setBucketRequestPayment } from '../../operations/buckets/set-bucket-request-payment.js';
import { type Answer, bucketAddress, type Exchange, emptyAnswer } from '../exchange.js';
import { readDocument } from '../incoming-body.js';
import { oneOfTexts, parseXml } from '../protocol/xml-reader.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketRequestPayment.html */
export async function putBucketRequestPayment(exchange: Exchange): Promise<Answer> {
  const document = parseXml(await readDocument(exchange), 'RequestPaymentConfiguration');
  const payer = oneOfTexts(document, 'Payer', ['BucketOwner', 'Requester']);
  await setBucketRequestPayment(exchange.context, { ...bucketAddress(exchange), payer });
  return emptyAnswer([], 200);
}
