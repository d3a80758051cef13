import { type Queryable, statement } from '../../database/database.js';
import { isPermitted } from '../access/authorize.js';
import { recordEvent } from '../audit/record-event.js';
import type { BucketState } from '../buckets/bucket-cache.js';
import type { RequestContext } from '../context.js';

interface Keyed {
  readonly bucket: BucketState;
  readonly key: string;
}

const lockLinks = statement(
  'lock_share_links_to_move',
  `SELECT id, user_id AS "userId" FROM share_link
   WHERE bucket_id = $1 AND path = $2 AND kind = 'OBJECT' AND version_id IS NULL ORDER BY id FOR UPDATE`,
);

const moveRow = statement('move_share_link', 'UPDATE share_link SET bucket_id = $2, path = $3 WHERE id = $1');

/**
 * Lets links to an object lead to where it is now, in the transaction that moves it. Other people's go along only when
 * the caller could share the new place itself: else whoever moves something could have them show what is written there
 * later, with the rights of their makers. Those to one version stay with it, and none leaves its tenant.
 */
export async function moveShareLinks(
  tx: Queryable,
  context: RequestContext,
  { from, to }: { from: Keyed; to: Keyed },
): Promise<void> {
  if (from.bucket.tenantId !== to.bucket.tenantId) {
    return;
  }
  const links = await tx.query<{ id: number; userId: number }>(lockLinks, [from.bucket.id, from.key]);
  const mayShare = links.length > 0 && (await mayShareAt(context, to));
  for (const { id, userId } of links) {
    if (mayShare || isOwn(context, userId)) {
      await tx.query(moveRow, [id, to.bucket.id, to.key]);
      await recordEvent(tx, context, {
        action: 'granary:UpdateShareLink',
        ...{ tenantId: to.bucket.tenantId, bucketId: to.bucket.id, key: to.key },
        details: { shareLinkId: id, movedFrom: { bucketId: from.bucket.id, path: from.key } },
      });
    }
  }
}

async function mayShareAt(context: RequestContext, { bucket, key }: Keyed): Promise<boolean> {
  return (
    (await isPermitted(context, { action: 'granary:CreateShareLink', bucket, key })) &&
    (await isPermitted(context, { action: 's3:GetObject', bucket, key }))
  );
}

function isOwn({ caller }: RequestContext, userId: number): boolean {
  return caller.kind === 'user' && caller.userId === userId;
}
