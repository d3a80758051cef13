import { GranaryError } from '../../errors.js';
import { openBucket } from '../access/authorize.js';
import type { RequestContext } from '../context.js';
import type { BucketAddress, BucketInfo } from '../types.js';
import { type Acceleration, configureBucket, getConfiguration, visibleConfiguration } from './bucket-configuration.js';

const putAction = 's3:PutAccelerateConfiguration';
const getAction = 's3:GetAccelerateConfiguration';

/**
 * Turns transfer acceleration on or suspends it, as S3 has it. It is kept and shown; there are no edge locations here.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAccelerateConfiguration.html
 */
export async function setBucketAcceleration(
  context: RequestContext,
  { acceleration, ...address }: BucketAddress & { acceleration: Acceleration },
): Promise<BucketInfo> {
  const { name } = await openBucket(context, address, putAction);
  if (name.includes('.')) {
    throw new GranaryError(
      'InvalidInput',
      'S3 Transfer Acceleration is not supported for buckets with periods (.) in their names',
      { reason: 'InvalidRequest', field: ['bucket'] },
    );
  }
  return configureBucket(context, address, { action: putAction, name: 'acceleration', value: acceleration });
}

/** What was set; undefined when nothing ever was. */
export async function getBucketAcceleration(
  context: RequestContext,
  address: BucketAddress,
): Promise<Acceleration | undefined> {
  return (await getConfiguration(context, address, getAction)).acceleration;
}

/** The same for a bucket that the caller was let see; null also when the caller may not see it. */
export async function visibleAcceleration(
  context: RequestContext,
  address: BucketAddress,
): Promise<Acceleration | null> {
  return (await visibleConfiguration(context, address, getAction))?.configuration.acceleration ?? null;
}
