import { type Statement, statement } from '../database/database.js';
import { GranaryError } from '../errors.js';
import { noSuchBucket, openBucket, resolveBucket } from './authorize.js';
import type { RequestContext } from './context.js';
import { lockBucket, notifyBucketChanged } from './delete-bucket.js';
import { recordEvent } from './record-event.js';
import type { BucketAddress, BucketInfo } from './types.js';

const setVersioning = statement(
  'set_versioning',
  'UPDATE bucket SET versioning = $2, revision = revision + 1 WHERE id = $1 AND deleted_at IS NULL RETURNING id',
);

const setTrash = statement(
  'set_trash_seconds',
  'UPDATE bucket SET trash_seconds = $2, revision = revision + 1 WHERE id = $1 AND deleted_at IS NULL RETURNING id',
);

const setPolicy = statement(
  'set_bucket_policy',
  'UPDATE bucket SET policy = $2, revision = revision + 1 WHERE id = $1 AND deleted_at IS NULL RETURNING id',
);

/** A century, in seconds. */
const longestTrash = 100 * 365 * 86_400;

/** Turns versioning on or suspends it; once on it cannot be off again, as in S3. */
export async function setBucketVersioning(
  context: RequestContext,
  input: BucketAddress & { versioning: 'ENABLED' | 'SUSPENDED' },
): Promise<BucketInfo> {
  const { versioning } = input;
  return changeBucket(context, input, {
    action: 's3:PutBucketVersioning',
    change: setVersioning,
    value: versioning,
    details: { versioning },
  });
}

/** Sets how long deleted and overwritten objects can be restored; 0 turns the trash off. */
export async function updateBucket(
  context: RequestContext,
  input: BucketAddress & { trashSeconds: number },
): Promise<BucketInfo> {
  const { trashSeconds } = input;
  if (!Number.isInteger(trashSeconds) || trashSeconds < 0 || trashSeconds > longestTrash) {
    throw new GranaryError('InvalidInput', `The trash retention is 0 to ${longestTrash} seconds.`, {
      field: ['trashSeconds'],
    });
  }
  return changeBucket(context, input, {
    action: 'granary:PutBucketTrash',
    change: setTrash,
    value: trashSeconds,
    details: { trashSeconds },
  });
}

/** Stores a checked policy document, or removes it. The document's own operation has parsed it. */
export async function storeBucketPolicy(
  context: RequestContext,
  input: BucketAddress & { document: object | null },
): Promise<BucketInfo> {
  return changeBucket(context, input, {
    action: input.document === null ? 's3:DeleteBucketPolicy' : 's3:PutBucketPolicy',
    change: setPolicy,
    value: input.document === null ? null : JSON.stringify(input.document),
    details: { policy: input.document },
  });
}

interface BucketChange {
  action: string;
  /** Takes the bucket's id and the value. */
  change: Statement;
  value: unknown;
  details: object;
}

async function changeBucket(
  context: RequestContext,
  input: BucketAddress,
  { action, change, value, details }: BucketChange,
): Promise<BucketInfo> {
  const bucket = await openBucket(context, input, action);
  await context.granary.database.transaction(async (tx) => {
    // A write of several statements must find the same bucket in each of them.
    await lockBucket(tx, bucket.id);
    const changed = await tx.query(change, [bucket.id, value]);
    if (changed.length === 0) {
      throw noSuchBucket(input.bucket);
    }
    await notifyBucketChanged(tx, bucket.id);
    await recordEvent(tx, context, {
      action,
      tenantId: bucket.tenantId,
      bucketId: bucket.id,
      details,
    });
  });
  context.granary.buckets.forget(bucket.id);
  // Without asking for rights again: the change may have taken the caller's own.
  return resolveBucket(context, input);
}
