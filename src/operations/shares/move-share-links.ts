import { type Queryable, statement } from '../../database/database.js';
import type { BucketState } from '../buckets/bucket-cache.js';

interface Keyed {
  readonly bucket: BucketState;
  readonly key: string;
}

const moveRows = statement(
  'move_share_links',
  `UPDATE share_link SET bucket_id = $3, path = $4
   WHERE bucket_id = $1 AND path = $2 AND kind = 'OBJECT' AND version_id IS NULL`,
);

/**
 * Links to an object lead to where it is now, with the rights that their makers have there: in the transaction that
 * moves it. Those to one version stay with it, and no link leaves its tenant.
 */
export async function moveShareLinks(tx: Queryable, { from, to }: { from: Keyed; to: Keyed }): Promise<void> {
  if (from.bucket.tenantId === to.bucket.tenantId) {
    await tx.query(moveRows, [from.bucket.id, from.key, to.bucket.id, to.key]);
  }
}
