import { GranaryError } from '../../errors.js';
import { openBucket } from '../access/authorize.js';
import type { RequestContext } from '../context.js';
import type { BucketAddress, BucketInfo } from '../types.js';
import { configureBucket, getConfiguration, visibleConfiguration } from './bucket-configuration.js';
import { type CorsRule, validCors } from './cors-rules.js';

const putAction = 's3:PutBucketCORS';
const getAction = 's3:GetBucketCORS';

/**
 * Replaces the rules by which browsers let pages of other origins use a bucket; without any, they do not.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketCors.html
 */
export async function setBucketCors(
  context: RequestContext,
  { rules: asked, ...address }: BucketAddress & { rules: CorsRule[] },
): Promise<BucketInfo> {
  await openBucket(context, address, putAction);
  const rules = validCors(asked);
  return configureBucket(context, address, { action: putAction, name: 'cors', value: rules });
}

/** Takes all CORS rules away. */
export async function deleteBucketCors(context: RequestContext, address: BucketAddress): Promise<BucketInfo> {
  return configureBucket(context, address, { action: putAction, name: 'cors', value: undefined });
}

/** A bucket's CORS rules. Throws `NoSuchCORSConfiguration` when it has none. */
export async function getBucketCors(context: RequestContext, address: BucketAddress): Promise<readonly CorsRule[]> {
  const { cors } = await getConfiguration(context, address, getAction);
  if (cors === undefined) {
    throw new GranaryError('NotFound', 'The CORS configuration does not exist', {
      reason: 'NoSuchCORSConfiguration',
      data: { BucketName: address.bucket },
    });
  }
  return cors;
}

/** The rules of a bucket that the caller was let see; null when the caller may not see them. */
export async function visibleCors(
  context: RequestContext,
  address: BucketAddress,
): Promise<readonly CorsRule[] | null> {
  const bucket = await visibleConfiguration(context, address, getAction);
  return bucket === null ? null : (bucket.configuration.cors ?? []);
}
