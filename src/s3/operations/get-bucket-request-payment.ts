import { getBucketRequestPayment as get } from '../../operations/buckets/set-bucket-request-payment.js';
import { type Answer, bucketAddress, type Exchange, xmlAnswer } from '../exchange.js';
import { element, s3Document } from '../protocol/xml-writer.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketRequestPayment.html */
export async function getBucketRequestPayment(exchange: Exchange): Promise<Answer> {
  const payer = await get(exchange.context, bucketAddress(exchange));
  return xmlAnswer(s3Document('RequestPaymentConfiguration', [element('Payer', payer)]));
}
