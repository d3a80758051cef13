import { GranaryError } from '../../errors.js';
import { openBucket } from '../access/authorize.js';
import type { RequestContext } from '../context.js';
import { validTags } from '../objects/object-attributes.js';
import type { BucketAddress, BucketInfo } from '../types.js';
import { configureBucket, getConfiguration, visibleConfiguration } from './bucket-configuration.js';

const putAction = 's3:PutBucketTagging';
const getAction = 's3:GetBucketTagging';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/CostAllocTagging.html */
export const maxBucketTags = 50;

/** Replaces the tags of a bucket. https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketTagging.html */
export async function setBucketTags(
  context: RequestContext,
  { tags, ...address }: BucketAddress & { tags: Record<string, string> },
): Promise<BucketInfo> {
  await openBucket(context, address, putAction);
  const value = validTags(tags, maxBucketTags);
  return configureBucket(context, address, { action: putAction, name: 'tags', value });
}

/** Takes all tags of a bucket away. */
export async function deleteBucketTags(context: RequestContext, address: BucketAddress): Promise<BucketInfo> {
  return configureBucket(context, address, { action: putAction, name: 'tags', value: undefined });
}

/** A bucket's tags. Throws `NoSuchTagSet` when none were set. */
export async function getBucketTags(context: RequestContext, address: BucketAddress): Promise<Record<string, string>> {
  const { tags } = await getConfiguration(context, address, getAction);
  if (tags === undefined) {
    throw new GranaryError('NotFound', 'The TagSet does not exist', {
      reason: 'NoSuchTagSet',
      data: { BucketName: address.bucket },
    });
  }
  return tags;
}

/** The tags of a bucket that the caller was let see; null when the caller may not see them. */
export async function visibleBucketTags(
  context: RequestContext,
  address: BucketAddress,
): Promise<Record<string, string> | null> {
  const bucket = await visibleConfiguration(context, address, getAction);
  return bucket === null ? null : (bucket.configuration.tags ?? {});
}
