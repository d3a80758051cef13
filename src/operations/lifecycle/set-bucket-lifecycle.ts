import { statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import { openBucket } from '../access/authorize.js';
import { visibleConfiguration } from '../buckets/bucket-configuration.js';
import { changeBucket } from '../buckets/update-bucket.js';
import type { RequestContext } from '../context.js';
import type { BucketAddress, BucketInfo } from '../types.js';
import type { LifecycleRule } from './lifecycle-rules.js';
import { validLifecycle } from './valid-lifecycle.js';

const putAction = 's3:PutLifecycleConfiguration';
const getAction = 's3:GetLifecycleConfiguration';

const setLifecycle = statement(
  'set_lifecycle',
  'UPDATE bucket SET lifecycle = $2, revision = revision + 1 WHERE id = $1 AND deleted_at IS NULL RETURNING id',
);

/**
 * Replaces all lifecycle rules of a bucket; without any, nothing is moved or deleted by itself.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html
 * @throws GranaryError InvalidInput whose field leads to what is wrong.
 */
export async function setBucketLifecycle(
  context: RequestContext,
  { rules: asked, ...address }: BucketAddress & { rules: LifecycleRule[] },
): Promise<BucketInfo> {
  await openBucket(context, address, putAction);
  const rules = validLifecycle(asked);
  return changeBucket(context, address, {
    action: putAction,
    change: setLifecycle,
    value: JSON.stringify(rules),
    details: { rules },
  });
}

/** A bucket's lifecycle rules. Throws `NoSuchLifecycleConfiguration` when it has none. */
export async function getBucketLifecycle(
  context: RequestContext,
  address: BucketAddress,
): Promise<readonly LifecycleRule[]> {
  const { lifecycle, name } = await openBucket(context, address, getAction);
  if (lifecycle.length === 0) {
    throw new GranaryError('NotFound', 'The lifecycle configuration does not exist', {
      reason: 'NoSuchLifecycleConfiguration',
      data: { BucketName: name },
    });
  }
  return lifecycle;
}

/** The rules of a bucket that the caller was let see; null when the caller may not see them. */
export async function visibleLifecycle(
  context: RequestContext,
  address: BucketAddress,
): Promise<readonly LifecycleRule[] | null> {
  return (await visibleConfiguration(context, address, getAction))?.lifecycle ?? null;
}
