import { statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import { openBucket } from '../access/authorize.js';
import type { RequestContext } from '../context.js';
import type { BucketAddress, BucketInfo, BucketLock } from '../types.js';
import { visibleConfiguration } from './bucket-configuration.js';
import { changeBucket } from './update-bucket.js';

export interface SetBucketObjectLockInput extends BucketAddress {
  /** Of what is written from now on without a retention of its own; none when absent. */
  default?: BucketLock['default'];
}

/** A century, AWS's longest, by its count of 365 days to the year. */
const longest = { days: 36_500, years: 100 };

const setObjectLock = statement(
  'set_object_lock',
  `UPDATE bucket SET object_lock = $2, revision = revision + 1
   WHERE id = $1 AND deleted_at IS NULL AND versioning = 'ENABLED' RETURNING id`,
);

/**
 * Turns object lock on for a bucket with versioning, or changes its default retention. It cannot be turned off again.
 * Throws `InvalidBucketState` unless versioning is on.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectLockConfiguration.html
 */
export async function setBucketObjectLock(
  context: RequestContext,
  input: SetBucketObjectLockInput,
): Promise<BucketInfo> {
  validateDefaultRetention(input.default);
  const objectLock: BucketLock = { enabled: true, ...(input.default === undefined ? {} : { default: input.default }) };
  return changeBucket(context, input, {
    action: 's3:PutBucketObjectLockConfiguration',
    change: setObjectLock,
    value: JSON.stringify(objectLock),
    details: { objectLock },
    refusal: "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration",
  });
}

/** A bucket's object lock. Throws `ObjectLockConfigurationNotFoundError` when it has none. */
export async function getBucketObjectLock(context: RequestContext, input: BucketAddress): Promise<BucketLock> {
  const bucket = await openBucket(context, input, 's3:GetBucketObjectLockConfiguration');
  if (bucket.objectLock === null) {
    throw new GranaryError('NotFound', 'Object Lock configuration does not exist for this bucket', {
      reason: 'ObjectLockConfigurationNotFoundError',
      data: { BucketName: bucket.name },
    });
  }
  return bucket.objectLock;
}

/** The object lock of a bucket that the caller was let see; null when there is none, or the caller may not see that. */
export async function visibleBucketLock(context: RequestContext, input: BucketAddress): Promise<BucketLock | null> {
  return (await visibleConfiguration(context, input, 's3:GetBucketObjectLockConfiguration'))?.objectLock ?? null;
}

/** Throws unless a default retention is of days or of years, one of the two, and of a century at most; `at`: its place. */
export function validateDefaultRetention(retention: BucketLock['default'], at: string[] = []): void {
  if (retention === undefined) {
    return;
  }
  if ((retention.days === undefined) === (retention.years === undefined)) {
    throw new GranaryError('InvalidInput', 'A default retention has either days or years.', {
      reason: 'MalformedXML',
      field: [...at, 'defaultRetention'],
    });
  }
  requirePeriod(at, 'days', retention.days);
  requirePeriod(at, 'years', retention.years);
}

function requirePeriod(at: string[], unit: 'days' | 'years', length = 1): void {
  const isPositive = Number.isInteger(length) && length > 0;
  if (isPositive && length <= longest[unit]) {
    return;
  }
  throw new GranaryError(
    'InvalidInput',
    isPositive ? 'Default retention period too large.' : 'Default retention period must be a positive integer value.',
    {
      reason: 'InvalidArgument',
      field: [...at, 'defaultRetention', unit],
      data: { ArgumentName: unit === 'days' ? 'Days' : 'Years', ArgumentValue: length },
    },
  );
}
