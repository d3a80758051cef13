import { statement } from '../../database/database.js';
import { ShareLink } from '../../entities/index.js';
import { recordEvent } from '../audit/record-event.js';
import type { RequestContext } from '../context.js';
import { lockShareLink } from './find-share-link.js';
import { announceRevoked } from './running-shares.js';

const revokeRow = statement(
  'revoke_share_link',
  'UPDATE share_link SET revoked_at = COALESCE(revoked_at, now()) WHERE id = $1 RETURNING *',
);

const action = 'granary:RevokeShareLink';

/** Takes a link back for good: nobody gets in any more, and downloads that are under way break off, on all processes. */
export async function revokeShareLink(context: RequestContext, { id }: { id: number }): Promise<ShareLink> {
  const { database } = context.granary;
  const row = await database.transaction(async (tx) => {
    const link = await lockShareLink(tx, context, { action, id });
    const [revoked] = await tx.query<object>(revokeRow, [link.id]);
    await announceRevoked(tx, link.id);
    const details = { shareLinkId: link.id };
    await recordEvent(tx, context, { action, tenantId: link.tenantId, bucketId: link.bucketId, details });
    return revoked ?? {};
  });
  return database.orm.em.fork().map(ShareLink, row);
}
