import { type Acl, isPublicAcl } from '../../auth/acl/acl.js';
import { isPublicPolicy } from '../../auth/acl/is-public-policy.js';
import { bucketAcl, ownerOf, usesAcls } from '../access/acl-access.js';
import { type AskedAcl, refuseAcl, refusePublic, resolveAcl } from '../access/asked-acl.js';
import { openBucket } from '../access/authorize.js';
import type { RequestContext } from '../context.js';
import type { BucketAddress, BucketInfo } from '../types.js';
import type { BucketState } from './bucket-cache.js';
import { configureBucket, visibleConfiguration } from './bucket-configuration.js';

const putAction = 's3:PutBucketAcl';
const getAction = 's3:GetBucketAcl';
const statusAction = 's3:GetBucketPolicyStatus';

/** Replaces the access control list of a bucket. https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAcl.html */
export async function setBucketAcl(
  context: RequestContext,
  { acl: asked, ...address }: BucketAddress & { acl: AskedAcl },
): Promise<BucketInfo> {
  const bucket = await openBucket(context, address, putAction);
  const owner = ownerOf(bucket);
  if (!usesAcls(bucket)) {
    // Tools give a copy the list of its source: what says what is the case anyway is nothing to refuse.
    await refuseAcl(context, asked, { action: putAction, bucket });
    return bucket;
  }
  const acl = await resolveAcl(context, asked, { owner, bucketOwner: owner });
  refusePublic(bucket, acl);
  return configureBucket(context, address, { action: putAction, name: 'acl', value: acl });
}

/** A bucket's list; where lists do not count, that of its owner alone. */
export async function getBucketAcl(context: RequestContext, address: BucketAddress): Promise<Acl> {
  return bucketAcl(await openBucket(context, address, getAction));
}

/** The list of a bucket that the caller was let see; null when the caller may not see it. */
export async function visibleBucketAcl(context: RequestContext, address: BucketAddress): Promise<Acl | null> {
  const bucket = await visibleConfiguration(context, address, getAction);
  return bucket === null ? null : bucketAcl(bucket);
}

/**
 * Whether everyone may do something in the bucket, by its policy or its list, as far as that is not blocked.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicyStatus.html
 */
export async function isBucketPublic(context: RequestContext, address: BucketAddress): Promise<boolean> {
  return isPublic(await openBucket(context, address, statusAction));
}

/** The same of a bucket that the caller was let see; null when the caller may not see this. */
export async function visiblePublicStatus(context: RequestContext, address: BucketAddress): Promise<boolean | null> {
  const bucket = await visibleConfiguration(context, address, statusAction);
  return bucket === null ? null : isPublic(bucket);
}

function isPublic(bucket: BucketState): boolean {
  const block = bucket.configuration.publicAccessBlock;
  const byPolicy = bucket.policy !== null && block?.restrictPublicBuckets !== true && isPublicPolicy(bucket.policy);
  return byPolicy || (block?.ignorePublicAcls !== true && isPublicAcl(bucketAcl(bucket)));
}
