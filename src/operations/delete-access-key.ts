import { ACCESS_KEY_ID_PATTERN } from '../auth/credential-cache.js';
import { type Queryable, statement } from '../database/database.js';
import type { Role } from '../entities/enums.js';
import { GranaryError } from '../errors.js';
import { accessDenied, requireUser } from './authorize.js';
import type { RequestContext } from './context.js';
import { announceUserChange, mayManage } from './identity-access.js';
import { recordEvent } from './record-event.js';

interface KeyOwner {
  userId: number;
  username: string;
  role: Role;
  tenantId: number;
}

const findKeyOwner = statement(
  'find_access_key_owner',
  `SELECT u.id AS "userId", u.username, u.role, u.tenant_id AS "tenantId"
   FROM access_key k JOIN user_account u ON u.id = k.user_id WHERE k.id = $1 AND (u.tenant_id = $2 OR $2 IS NULL)
   FOR UPDATE OF k`,
);
const deleteKey = statement('delete_access_key', 'DELETE FROM access_key WHERE id = $1');

/** Deletes an access key of the caller or of a user that it manages. It stops working at once, everywhere. */
export async function deleteAccessKey(context: RequestContext, input: { accessKeyId: string }): Promise<void> {
  requireUser(context);
  const { database, credentials } = context.granary;
  const owner = await database.transaction(async (tx) => {
    const found = await findDeletable(tx, context, input.accessKeyId);
    await tx.query(deleteKey, [input.accessKeyId]);
    await announceUserChange(tx, found.userId);
    const details = { accessKeyId: input.accessKeyId, username: found.username };
    await recordEvent(tx, context, { action: 'granary:DeleteAccessKey', tenantId: found.tenantId, details });
    return found;
  });
  credentials.invalidate(owner.userId);
}

async function findDeletable(tx: Queryable, context: RequestContext, accessKeyId: string): Promise<KeyOwner> {
  const caller = requireUser(context);
  const tenantId = caller.role === 'ADMINISTRATOR' ? null : caller.tenantId;
  const [owner] = ACCESS_KEY_ID_PATTERN.test(accessKeyId)
    ? await tx.query<KeyOwner>(findKeyOwner, [accessKeyId, tenantId])
    : [];
  if (owner?.userId === caller.userId) {
    return owner;
  }
  const manages = caller.role === 'ADMINISTRATOR' || caller.role === 'TENANT_ADMINISTRATOR';
  if (owner === undefined || !manages) {
    throw new GranaryError('NotFound', 'There is no such access key.', {
      reason: 'NoSuchAccessKey',
      field: ['input', 'accessKeyId'],
    });
  }
  if (!mayManage(caller, owner.role)) {
    throw accessDenied();
  }
  return owner;
}
