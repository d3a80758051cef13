import type { RequestContext } from '../context.js';
import type { BucketAddress, BucketInfo } from '../types.js';
import { configureBucket, getConfiguration, type RequestPayer, visibleConfiguration } from './bucket-configuration.js';

const getAction = 's3:GetBucketRequestPayment';

/**
 * Says who pays for requests, as S3 has it. It is kept and shown; nobody is billed here.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketRequestPayment.html
 */
export async function setBucketRequestPayment(
  context: RequestContext,
  { payer, ...address }: BucketAddress & { payer: RequestPayer },
): Promise<BucketInfo> {
  return configureBucket(context, address, {
    action: 's3:PutBucketRequestPayment',
    name: 'requestPayer',
    value: payer,
  });
}

/** Who is said to pay; the bucket's owner where nothing was said. */
export async function getBucketRequestPayment(context: RequestContext, address: BucketAddress): Promise<RequestPayer> {
  return (await getConfiguration(context, address, getAction)).requestPayer ?? 'BucketOwner';
}

/** The same for a bucket that the caller was let see; null when the caller may not see it. */
export async function visibleRequestPayment(
  context: RequestContext,
  address: BucketAddress,
): Promise<RequestPayer | null> {
  const bucket = await visibleConfiguration(context, address, getAction);
  return bucket === null ? null : (bucket.configuration.requestPayer ?? 'BucketOwner');
}
