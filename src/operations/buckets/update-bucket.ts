import { type Statement, statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import { noSuchBucket, openBucket, resolveBucket } from '../access/authorize.js';
import { recordEvent } from '../audit/record-event.js';
import type { RequestContext } from '../context.js';
import type { BucketAddress, BucketCompression, BucketInfo } from '../types.js';
import { lockBucket, notifyBucketChanged } from './delete-bucket.js';

const setVersioning = statement(
  'set_versioning',
  `UPDATE bucket SET versioning = $2, revision = revision + 1
   WHERE id = $1 AND deleted_at IS NULL AND ($2 = 'ENABLED' OR (object_lock IS NULL AND replication = '[]')) RETURNING id`,
);

const findBucket = statement('find_bucket_to_change', 'SELECT id FROM bucket WHERE id = $1 AND deleted_at IS NULL');

const setProperties = statement(
  'set_bucket_properties',
  `UPDATE bucket SET revision = revision + 1,
     trash_seconds = COALESCE(($2::jsonb ->> 'trashSeconds')::integer, trash_seconds),
     compression = COALESCE($2::jsonb ->> 'compression', compression)
   WHERE id = $1 AND deleted_at IS NULL RETURNING id`,
);

const setPolicy = statement(
  'set_bucket_policy',
  'UPDATE bucket SET policy = $2, revision = revision + 1 WHERE id = $1 AND deleted_at IS NULL RETURNING id',
);

/** A century, in seconds. */
const longestTrash = 100 * 365 * 86_400;

/** Turns versioning on or suspends it; once on it cannot be off again, as in S3. A bucket with object lock or replication keeps it on. */
export async function setBucketVersioning(
  context: RequestContext,
  input: BucketAddress & { versioning: 'ENABLED' | 'SUSPENDED' },
): Promise<BucketInfo> {
  const { versioning } = input;
  const { replication } = await resolveBucket(context, input);
  const present = replication.length > 0 ? 'A replication' : 'An Object Lock';
  return changeBucket(context, input, {
    action: 's3:PutBucketVersioning',
    change: setVersioning,
    value: versioning,
    details: { versioning },
    refusal: `${present} configuration is present on this bucket, so the versioning state cannot be changed.`,
  });
}

export interface UpdateBucketInput extends BucketAddress {
  /** How long deleted and overwritten objects can be restored; 0 turns the trash off. */
  trashSeconds?: number | undefined;
  /** Of what is written from now on. */
  compression?: BucketCompression | undefined;
}

/** Changes what is given of a bucket's trash and compression, each with its own right. */
export async function updateBucket(context: RequestContext, input: UpdateBucketInput): Promise<BucketInfo> {
  const { trashSeconds, compression } = input;
  if (trashSeconds === undefined && compression === undefined) {
    throw new GranaryError('InvalidInput', 'Give the trash retention or the compression to change.');
  }
  if (
    trashSeconds !== undefined &&
    !(Number.isInteger(trashSeconds) && trashSeconds >= 0 && trashSeconds <= longestTrash)
  ) {
    throw new GranaryError('InvalidInput', `The trash retention is 0 to ${longestTrash} seconds.`, {
      field: ['trashSeconds'],
    });
  }
  const actions = [
    ...(trashSeconds === undefined ? [] : ['granary:PutBucketTrash']),
    ...(compression === undefined ? [] : ['granary:PutBucketCompression']),
  ];
  for (const action of actions) {
    await openBucket(context, input, action);
  }
  const details = { trashSeconds, compression };
  const [action = ''] = actions;
  return changeBucket(context, input, { action, change: setProperties, value: JSON.stringify(details), details });
}

/** Stores the text of a checked policy document, or removes it. The document's own operation has parsed it. */
export async function storeBucketPolicy(
  context: RequestContext,
  { text, ...address }: BucketAddress & { text: string | null },
): Promise<BucketInfo> {
  return changeBucket(context, address, {
    action: text === null ? 's3:DeleteBucketPolicy' : 's3:PutBucketPolicy',
    change: setPolicy,
    value: text,
    details: { policy: text === null ? null : JSON.parse(text) },
  });
}

export interface BucketChange {
  action: string;
  /** Takes the bucket's id and the value, and returns a row when it changed the bucket. */
  change: Statement;
  value: unknown;
  details: object;
  /** What it means when a bucket that is there was not changed. */
  refusal?: string;
}

/** Changes one property of a bucket while nothing is written into it; throws `InvalidBucketState` when it may not. */
export async function changeBucket(
  context: RequestContext,
  input: BucketAddress,
  { action, change, value, details, refusal }: BucketChange,
): Promise<BucketInfo> {
  const bucket = await openBucket(context, input, action);
  await context.granary.database.transaction(async (tx) => {
    // A write of several statements must find the same bucket in each of them.
    await lockBucket(tx, bucket.id);
    const changed = await tx.query(change, [bucket.id, value]);
    if (changed.length === 0) {
      const isThere = (await tx.query(findBucket, [bucket.id])).length > 0;
      throw isThere ? wrongState(bucket.name, refusal) : noSuchBucket(input.bucket);
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

function wrongState(
  name: string,
  message = 'The request is not valid for the current state of the bucket.',
): GranaryError {
  return new GranaryError('Conflict', message, { reason: 'InvalidBucketState', data: { BucketName: name } });
}
