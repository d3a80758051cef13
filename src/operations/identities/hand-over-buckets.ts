import { type Queryable, statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import { requireUser } from '../access/authorize.js';
import { notifyBucketChanged } from '../buckets/delete-bucket.js';
import type { RequestContext } from '../context.js';

const countBuckets = statement(
  'count_buckets_of_user',
  'SELECT count(*)::int AS buckets FROM bucket WHERE owner_id = $1 AND deleted_at IS NULL',
);
const transferBuckets = statement(
  'transfer_buckets',
  'UPDATE bucket SET owner_id = $2, revision = revision + 1 WHERE owner_id = $1 RETURNING id',
);
const releaseUploads = statement('release_uploads_of_user', 'UPDATE upload SET owner_id = $2 WHERE owner_id = $1');

/**
 * Gives the buckets of an account that is about to be deleted to another; without one there must be none. The rows of
 * buckets that were deleted need an owner until they are gone: any will do. @returns the buckets' ids.
 */
export async function handOverBuckets(
  tx: Queryable,
  context: RequestContext,
  { accountId, heir }: { accountId: number; heir: number | undefined },
): Promise<number[]> {
  const [owned] = await tx.query<{ buckets: number }>(countBuckets, [accountId]);
  if (heir === undefined && owned !== undefined && owned.buckets > 0) {
    throw new GranaryError('Conflict', 'It owns buckets. Delete them, or name who takes them (transferTo).', {
      reason: 'UserOwnsBuckets',
      field: ['input', 'transferTo'],
    });
  }
  const owner = heir ?? requireUser(context).userId;
  await tx.query(releaseUploads, [accountId, owner]);
  const moved = await tx.query<{ id: number }>(transferBuckets, [accountId, owner]);
  for (const { id } of moved) {
    await notifyBucketChanged(tx, id);
  }
  return moved.map(({ id }) => id);
}
