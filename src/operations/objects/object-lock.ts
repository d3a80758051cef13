import { GranaryError } from '../../errors.js';
import { authorize, isPermitted, resolveBucket } from '../access/authorize.js';
import type { BucketState } from '../buckets/bucket-cache.js';
import type { RequestContext } from '../context.js';
import type { BucketLock, LockMode, ObjectAddress, ObjectLock } from '../types.js';

/** What keeps a version until a date. */
export interface Retention {
  mode: LockMode;
  retainUntil: Date;
}

/** The last moment that ISO 8601 writes with four digits for the year, as S3's documents and headers do. */
const lastMoment = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

const millisecondsPerDay = 86_400_000;

/**
 * What keeps a new version: what its writer asks for and may ask for, else the bucket's default retention, else nothing.
 * Throws `AccessDenied`, `InvalidRequest` in a bucket without object lock, or `InvalidArgument` for what cannot be kept.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
 */
export async function lockFor(
  context: RequestContext,
  bucket: BucketState,
  asked: { key: string; lock?: ObjectLock | undefined },
): Promise<ObjectLock | null> {
  return withDefault(bucket, await askedLock(context, bucket, asked));
}

/** What a writer asks for and may ask for; null when that is nothing. Throws as {@link lockFor}. */
export async function askedLock(
  context: RequestContext,
  bucket: BucketState,
  asked: { key: string; lock?: ObjectLock | undefined },
): Promise<ObjectLock | null> {
  const { key, lock = {} } = asked;
  const retention = askedRetention(lock);
  if (retention === null && lock.legalHold === undefined) {
    return null;
  }
  if (retention !== null) {
    await authorize(context, { action: 's3:PutObjectRetention', bucket, key });
  }
  if (lock.legalHold !== undefined) {
    await authorize(context, { action: 's3:PutObjectLegalHold', bucket, key });
  }
  requireObjectLock(bucket);
  return { ...retention, ...(lock.legalHold === undefined ? {} : { legalHold: lock.legalHold }) };
}

/** The bucket's default retention of now, unless another was asked for, beside a hold that was. */
export function withDefault(bucket: BucketState, asked: ObjectLock | null): ObjectLock | null {
  if (asked === null || asked.mode !== undefined) {
    return asked ?? defaultLock(bucket);
  }
  return { ...defaultLock(bucket), ...asked };
}

/** Throws `InvalidRequest` unless the bucket has object lock. */
export function requireObjectLock(bucket: BucketState): void {
  if (bucket.objectLock === null) {
    throw new GranaryError('InvalidInput', 'Bucket is missing Object Lock Configuration', {
      reason: 'InvalidRequest',
      data: { BucketName: bucket.name },
    });
  }
}

/** Throws `InvalidArgument` unless the date is one that a version can be kept until: in the future, before the year 10000. */
export function validateRetainUntil(retainUntil: Date): void {
  const moment = retainUntil.getTime();
  if (!(moment <= lastMoment)) {
    throw invalidLock('The retain until date must be a date before the year 10000.', 'retainUntil');
  }
  if (moment <= Date.now()) {
    throw retainUntilPassed();
  }
}

/** The error for a date that is over already, by this process's clock or the database's. */
export function retainUntilPassed(): GranaryError {
  return invalidLock('The retain until date must be in the future!', 'retainUntil');
}

/** Whether a request goes past governance retention; one that says so without the right to is refused, as in S3. */
export async function bypassesGovernance(
  context: RequestContext,
  bucket: BucketState,
  asked: { key: string; bypassGovernance?: 'BYPASS' | undefined },
): Promise<boolean> {
  if (asked.bypassGovernance === undefined) {
    return false;
  }
  await authorize(context, { action: 's3:BypassGovernanceRetention', bucket, key: asked.key });
  return true;
}

/** Whether a new version will be kept by what its writer asks for or by the bucket's default, of which S3 wants a digest. */
export async function willBeLocked(
  context: RequestContext,
  { lock, ...address }: ObjectAddress & { lock?: ObjectLock | undefined },
): Promise<boolean> {
  if (lock !== undefined) {
    return true;
  }
  const bucket = await resolveBucket(context, address);
  // Who may not write learns nothing of the bucket.
  return (
    defaultLock(bucket) !== null && (await isPermitted(context, { action: 's3:PutObject', bucket, key: address.key }))
  );
}

/** When a default retention that begins now is over; AWS counts 365 days to the year. */
function defaultRetainUntil({ days = 0, years = 0 }: NonNullable<BucketLock['default']>): Date {
  return new Date(Date.now() + (days + 365 * years) * millisecondsPerDay);
}

function defaultLock({ objectLock }: BucketState): ObjectLock | null {
  return objectLock?.default === undefined
    ? null
    : { mode: objectLock.default.mode, retainUntil: defaultRetainUntil(objectLock.default) };
}

function askedRetention({ mode, retainUntil }: ObjectLock): Retention | null {
  if (mode === undefined && retainUntil === undefined) {
    return null;
  }
  if (mode === undefined || retainUntil === undefined) {
    throw invalidLock(
      'x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied',
      mode === undefined ? 'mode' : 'retainUntil',
    );
  }
  validateRetainUntil(retainUntil);
  return { mode, retainUntil };
}

function invalidLock(message: string, field: string): GranaryError {
  return new GranaryError('InvalidInput', message, { reason: 'InvalidArgument', field: ['retention', field] });
}
