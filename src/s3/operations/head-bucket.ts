import { getBucket } from '../../operations/buckets/get-bucket.js';
import { type Answer, bucketAddress, type Exchange, emptyAnswer } from '../exchange.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html */
export async function headBucket(exchange: Exchange): Promise<Answer> {
  const bucket = await getBucket(exchange.context, bucketAddress(exchange));
  return emptyAnswer(
    [
      ...['x-amz-bucket-region', bucket.region || 'us-east-1'],
      ...['x-amz-bucket-arn', `arn:aws:s3:::${bucket.name}`],
      ...['Content-Type', 'application/xml'],
    ],
    200,
  );
}
