import type { UserCaller } from '../auth/caller.js';
import type { DownloadLink } from '../auth/download-link.js';
import { statement } from '../database/database.js';
import { noSuchBucket } from './authorize.js';
import type { Granary, RequestContext } from './context.js';
import type { BucketAddress } from './types.js';

const findLinkedBucket = statement(
  'find_linked_bucket',
  `SELECT b.name AS bucket, t.name AS tenant FROM bucket b JOIN tenant t ON t.id = b.tenant_id
   WHERE b.tenant_id = $1 AND b.id = $2 AND b.deleted_at IS NULL`,
);

/**
 * The rights that a download link stands for, which whoever signed in to make it had: to read in its tenant. Who holds
 * the link uses them for the link's object alone; an explicit deny of the bucket's policy still holds.
 */
export async function linkContext(
  granary: Granary,
  link: DownloadLink,
  origin: { requestId: string; sourceIp: string | null },
): Promise<{ context: RequestContext; address: BucketAddress }> {
  const values = [link.tenantId, link.bucketId];
  const [found] = await granary.database.query<{ bucket: string; tenant: string }>(findLinkedBucket, values);
  if (found === undefined) {
    throw noSuchBucket('');
  }
  const caller: UserCaller = {
    kind: 'user',
    userId: 0,
    username: 'download-link',
    displayName: 'Download link',
    canonicalId: '',
    role: 'READ_ONLY',
    tenantId: link.tenantId,
    tenantName: found.tenant,
  };
  return { context: { granary, caller, ...origin }, address: found };
}
