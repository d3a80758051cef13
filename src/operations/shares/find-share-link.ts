import type { GranaryAction } from '../../auth/policy/granary-actions.js';
import { type Queryable, statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import { accessDenied, isPermitted, requireUser } from '../access/authorize.js';
import { mayAct } from '../access/authorize-action.js';
import type { RequestContext } from '../context.js';

type ShareAction = Extract<GranaryAction, `granary:${string}ShareLink${string}`>;

/** A link as far as deciding what becomes of it needs. */
export interface ManagedLink {
  id: number;
  tenantId: number;
  bucketId: number;
  bucketName: string;
  tenantName: string;
  hasPassword: boolean;
  revokedAt: Date | null;
  userId: number;
  username: string;
  userTenantId: number;
  userTenantName: string;
}

const findLink = statement(
  'find_share_link_to_change',
  `SELECT l.id, l.tenant_id AS "tenantId", l.bucket_id AS "bucketId", b.name AS "bucketName", t.name AS "tenantName",
     l.password_hash IS NOT NULL AS "hasPassword", l.revoked_at AS "revokedAt", u.id AS "userId", u.username,
     m.id AS "userTenantId", m.name AS "userTenantName"
   FROM share_link l JOIN bucket b ON b.id = l.bucket_id JOIN tenant t ON t.id = l.tenant_id
     JOIN user_account u ON u.id = l.user_id JOIN tenant m ON m.id = u.tenant_id
   WHERE l.id = $1 AND (l.tenant_id = $2 OR l.user_id = $3 OR $2 IS NULL) AND b.deleted_at IS NULL FOR UPDATE OF l`,
);

/**
 * A link to which the caller may do this, as one of its own or for its bucket, with its row locked. Somebody else's to
 * which it may do nothing is not there.
 */
export async function lockShareLink(
  tx: Queryable,
  context: RequestContext,
  { action, id }: { action: ShareAction; id: number },
): Promise<ManagedLink> {
  const caller = requireUser(context);
  const tenantId = caller.role === 'ADMINISTRATOR' ? null : caller.tenantId;
  const [link] = await tx.query<ManagedLink>(findLink, [id, tenantId, caller.userId]);
  if (link === undefined) {
    throw noSuchShareLink();
  }
  if (!mayOnMaker(context, action, link) && !(await mayOnBucket(context, action, link))) {
    throw link.userId === caller.userId ? accessDenied() : noSuchShareLink();
  }
  return link;
}

export function noSuchShareLink(): GranaryError {
  return new GranaryError('NotFound', 'There is no such share link.', {
    reason: 'NoSuchShareLink',
    field: ['input', 'id'],
  });
}

/** Who made a link does with it what it likes; so do those who may do that for its maker. */
function mayOnMaker(context: RequestContext, action: ShareAction, link: ManagedLink): boolean {
  const tenant = { id: link.userTenantId, name: link.userTenantName };
  return mayAct(context, action, { tenant, kind: 'user', name: link.username });
}

async function mayOnBucket(context: RequestContext, action: ShareAction, link: ManagedLink): Promise<boolean> {
  const bucket = await context.granary.buckets.find(link.tenantName, link.bucketName);
  return bucket !== undefined && bucket.id === link.bucketId && isPermitted(context, { action, bucket });
}
