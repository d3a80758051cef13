import { GranaryError } from '../../errors.js';
import { aclsAndOwnership, isOwnersAlone } from '../access/asked-acl.js';
import { openBucket } from '../access/authorize.js';
import type { RequestContext } from '../context.js';
import type { BucketAddress, BucketInfo } from '../types.js';
import {
  configureBucket,
  getConfiguration,
  type ObjectOwnership,
  visibleConfiguration,
} from './bucket-configuration.js';

const putAction = 's3:PutBucketOwnershipControls';
const getAction = 's3:GetBucketOwnershipControls';

/**
 * Says who owns what others write into the bucket, and whether access control lists count.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
 */
export async function setBucketOwnership(
  context: RequestContext,
  { ownership, ...address }: BucketAddress & { ownership: ObjectOwnership },
): Promise<BucketInfo> {
  const { configuration } = await openBucket(context, address, putAction);
  if (ownership === 'BucketOwnerEnforced' && configuration.acl !== undefined && !isOwnersAlone(configuration.acl)) {
    throw aclsAndOwnership();
  }
  return configureBucket(context, address, { action: putAction, name: 'objectOwnership', value: ownership });
}

/** Takes the setting away, which leaves the bucket as S3's oldest are: as with ObjectWriter. */
export async function deleteBucketOwnership(context: RequestContext, address: BucketAddress): Promise<BucketInfo> {
  return configureBucket(context, address, { action: putAction, name: 'objectOwnership', value: undefined });
}

/** A bucket's setting. Throws `OwnershipControlsNotFoundError` when it has none. */
export async function getBucketOwnership(context: RequestContext, address: BucketAddress): Promise<ObjectOwnership> {
  const { objectOwnership } = await getConfiguration(context, address, getAction);
  if (objectOwnership === undefined) {
    throw new GranaryError('NotFound', 'The bucket ownership controls were not found', {
      reason: 'OwnershipControlsNotFoundError',
      data: { BucketName: address.bucket },
    });
  }
  return objectOwnership;
}

/** The same for a bucket that the caller was let see; null also when the caller may not see it. */
export async function visibleOwnership(
  context: RequestContext,
  address: BucketAddress,
): Promise<ObjectOwnership | null> {
  return (await visibleConfiguration(context, address, getAction))?.configuration.objectOwnership ?? null;
}
