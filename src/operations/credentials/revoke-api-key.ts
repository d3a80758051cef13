import { type Queryable, statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import { requireUser } from '../access/authorize.js';
import { announceUserChange, resolveActedFor } from '../access/identity-access.js';
import type { EventContext } from '../audit/event-origin.js';
import { recordEvent } from '../audit/record-event.js';
import type { Granary, RequestContext } from '../context.js';
import { isUuid } from '../uuid.js';

interface KeyOwner {
  userId: number;
  username: string;
  tenantId: number;
  tenant: string;
}

const findOwner = statement(
  'find_api_key_owner',
  `SELECT u.id AS "userId", u.username, t.id AS "tenantId", t.name AS tenant
   FROM api_key k JOIN user_account u ON u.id = k.user_id JOIN tenant t ON t.id = u.tenant_id
   WHERE k.id = $1::uuid AND (t.id = $2 OR $2 IS NULL) FOR UPDATE OF k`,
);
const deleteKey = statement('delete_api_key', 'DELETE FROM api_key WHERE id = $1');

/** Revokes an API key of the caller or of a user that it manages. It stops working at once, everywhere. */
export async function revokeApiKey(context: RequestContext, { keyId }: { keyId: string }): Promise<void> {
  const caller = requireUser(context);
  await remove({ granary: context.granary, keyId, context }, async (tx) => {
    const owner = await findKeyOwner(tx, keyId, caller.role === 'ADMINISTRATOR' ? null : caller.tenantId);
    const tenant = { id: owner.tenantId, name: owner.tenant };
    await resolveActedFor(context, 'granary:DeleteApiKey', { tenant, username: owner.username });
    return owner;
  });
}

/** The same for whoever works on the server itself. */
export async function removeApiKey(granary: Granary, keyId: string, context: EventContext): Promise<void> {
  await remove({ granary, keyId, context }, (tx) => findKeyOwner(tx, keyId, null));
}

async function remove(
  { granary, keyId, context }: { granary: Granary; keyId: string; context: EventContext },
  findOwned: (tx: Queryable) => Promise<KeyOwner>,
): Promise<void> {
  const { userId } = await granary.database.transaction(async (tx) => {
    const owner = await findOwned(tx);
    await tx.query(deleteKey, [keyId]);
    await announceUserChange(tx, owner.userId);
    const details = { apiKeyId: keyId, username: owner.username };
    await recordEvent(tx, context, { action: 'granary:DeleteApiKey', tenantId: owner.tenantId, details });
    return owner;
  });
  granary.credentials.invalidate(userId);
}

async function findKeyOwner(tx: Queryable, keyId: string, tenantId: number | null): Promise<KeyOwner> {
  const [owner] = isUuid(keyId) ? await tx.query<KeyOwner>(findOwner, [keyId, tenantId]) : [];
  if (owner === undefined) {
    throw new GranaryError('NotFound', 'There is no such API key.', {
      reason: 'NoSuchApiKey',
      field: ['input', 'keyId'],
    });
  }
  return owner;
}
