import type { UserCaller } from '../../auth/caller.js';
import { ACCESS_KEY_ID_PATTERN } from '../../auth/credential-cache.js';
import type { GranaryAction } from '../../auth/policy/granary-actions.js';
import { type Queryable, statement } from '../../database/database.js';
import type { Role } from '../../entities/enums.js';
import { GranaryError, isGranaryError } from '../../errors.js';
import { accessDenied, requireUser } from '../access/authorize.js';
import { authorizeAction } from '../access/authorize-action.js';
import { mayManage } from '../access/identity-access.js';
import type { RequestContext } from '../context.js';

/** An access key and whose it is. */
export interface KeyOwner {
  userId: number;
  username: string;
  role: Role;
  tenantId: number;
  tenantName: string;
}

const findKeyOwner = statement(
  'find_access_key_owner',
  `SELECT u.id AS "userId", u.username, u.role, u.tenant_id AS "tenantId", t.name AS "tenantName"
   FROM access_key k JOIN user_account u ON u.id = k.user_id JOIN tenant t ON t.id = u.tenant_id
   WHERE k.id = $1 AND (u.tenant_id = $2 OR $2 IS NULL) FOR UPDATE OF k`,
);

/**
 * The owner of a key to which the caller may do this, with the key locked. Somebody else's key to whom the caller may do
 * nothing is not there.
 */
export async function lockAccessKey(
  tx: Queryable,
  context: RequestContext,
  { action, accessKeyId }: { action: GranaryAction; accessKeyId: string },
): Promise<KeyOwner> {
  const caller = requireUser(context);
  const owner = await findOwner(tx, caller, accessKeyId);
  if (owner === undefined) {
    throw noSuchAccessKey();
  }
  authorizeOn(context, action, owner);
  if (!mayManage(caller, owner.role)) {
    throw accessDenied();
  }
  return owner;
}

export function noSuchAccessKey(): GranaryError {
  return new GranaryError('NotFound', 'There is no such access key.', {
    reason: 'NoSuchAccessKey',
    field: ['input', 'accessKeyId'],
  });
}

function authorizeOn(context: RequestContext, action: GranaryAction, owner: KeyOwner): void {
  const { tenantId: id, tenantName: name } = owner;
  try {
    authorizeAction(context, action, { tenant: { id, name }, kind: 'user', name: owner.username });
  } catch (error) {
    const isOwn = context.caller.kind === 'user' && context.caller.userId === owner.userId;
    throw isGranaryError(error, 'Denied') && !isOwn ? noSuchAccessKey() : error;
  }
}

async function findOwner(tx: Queryable, caller: UserCaller, accessKeyId: string): Promise<KeyOwner | undefined> {
  const tenantId = caller.role === 'ADMINISTRATOR' ? null : caller.tenantId;
  const [owner] = ACCESS_KEY_ID_PATTERN.test(accessKeyId)
    ? await tx.query<KeyOwner>(findKeyOwner, [accessKeyId, tenantId])
    : [];
  return owner;
}
