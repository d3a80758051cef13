import { statement } from '../../database/database.js';
import { eventOrigin } from '../audit/event-origin.js';
import type { TransitionContext } from '../blobs/transition-version.js';
import type { BucketState } from '../buckets/bucket-cache.js';
import type { WriteOutcome } from '../objects/write-outcome.js';
import { beginWrite } from '../objects/write-version.js';
import { type LifecycleClock, lifecycleAction } from './lifecycle-due.js';
import { type DueVersion, findDueVersion } from './lifecycle-versions.js';

/** Without a bypass, and without replication: what rules delete here, the rules of a target delete there. */
const deleteDue = statement(
  'delete_due_version',
  'SELECT outcome FROM delete_version($1, $2, $3, $4, false, NULL, NULL, NULL, $5)',
);

export type ExpiryOutcome = 'ok' | 'changed' | 'stale' | 'locked';

/**
 * Deletes a version that is due: `expire` as a delete of its key does, `remove` this version alone. It is judged once
 * more while nobody else can write its key, so that neither a newer version nor a new tag is overlooked. What object
 * lock keeps stays.
 */
export function expireVersion(
  context: TransitionContext,
  bucket: BucketState,
  due: { version: DueVersion; kind: 'expire' | 'remove'; clock: LifecycleClock },
): Promise<ExpiryOutcome> {
  const { key, id } = due.version;
  return context.granary.database.transaction(async (tx) => {
    if ((await beginWrite(tx, bucket, { key })) === 'stale') {
      return 'stale';
    }
    const version = await findDueVersion(tx, { bucketId: bucket.id, id });
    if (version === undefined || lifecycleAction(bucket, version, due.clock)?.kind !== due.kind) {
      return 'changed';
    }
    const target = due.kind === 'remove' ? id : null;
    const values = [bucket.id, bucket.revision, key, target, eventOrigin(context)];
    const [row] = await tx.query<{ outcome: WriteOutcome }>(deleteDue, values);
    return row?.outcome === 'ok' || row?.outcome === 'locked' ? row.outcome : 'changed';
  });
}
