import { statement } from '../../database/database.js';
import type { PlacementRule } from '../blobs/placement.js';
import type { RequestContext } from '../context.js';
import type { BucketAddress, BucketInfo } from '../types.js';
import { changeBucket } from './update-bucket.js';
import { validatePlacement } from './validate-placement.js';

const setPlacement = statement(
  'set_bucket_placement',
  'UPDATE bucket SET placement = $2, revision = revision + 1 WHERE id = $1 AND deleted_at IS NULL RETURNING id',
);

/**
 * Says where the bytes of what is written from now on go: the first rule that fits decides. What is there stays where it
 * is; `wantCopies` asks for its second copies.
 */
export async function setBucketPlacement(
  context: RequestContext,
  input: BucketAddress & { rules: PlacementRule[] },
): Promise<BucketInfo> {
  const { rules } = input;
  validatePlacement(rules, context.granary.store.stores);
  return changeBucket(context, input, {
    action: 'granary:PutBucketPlacement',
    change: setPlacement,
    value: JSON.stringify(rules),
    details: { placement: rules },
  });
}
