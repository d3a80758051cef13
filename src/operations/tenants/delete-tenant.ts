import { IDENTITY_CHANNEL } from '../../auth/credential-cache.js';
import { type Queryable, statement } from '../../database/database.js';
import type { Tenant } from '../../entities/tenant.js';
import { GranaryError } from '../../errors.js';
import { recordEvent } from '../audit/record-event.js';
import type { Granary, RequestContext } from '../context.js';
import { changeTenant, type LockedTenant, refuseIndispensable } from './managed-tenant.js';

const findBucket = statement(
  'find_any_bucket_of_tenant',
  'SELECT id FROM bucket WHERE tenant_id = $1 AND deleted_at IS NULL LIMIT 1',
);

// The name is free at once; one with blanks is nobody's.
const hideTenant = statement(
  'hide_tenant',
  `UPDATE tenant SET deleted_at = now(), suspended_at = COALESCE(suspended_at, now()), quota = NULL,
     name = 'deleted tenant ' || id WHERE id = $1`,
);

const disableUsers = statement(
  'disable_users_of_tenant',
  'UPDATE user_account SET disabled = true WHERE tenant_id = $1',
);

const deleteCredentials = [
  statement(
    'delete_access_keys_of_tenant',
    'DELETE FROM access_key k USING user_account u WHERE u.id = k.user_id AND u.tenant_id = $1',
  ),
  statement(
    'delete_refresh_tokens_of_tenant',
    'DELETE FROM refresh_token r USING user_account u WHERE u.id = r.user_id AND u.tenant_id = $1',
  ),
];

const notifyIdentity = statement('notify_all_identities', `SELECT pg_notify('${IDENTITY_CHANNEL}', '*')`);

const listDeleted = statement(
  'list_deleted_tenants',
  `SELECT t.id FROM tenant t WHERE t.deleted_at IS NOT NULL
     AND NOT EXISTS (SELECT FROM bucket b WHERE b.tenant_id = t.id) ORDER BY t.id`,
);

/** In the order of their references; what refers to users alone goes along with these. */
const removals = [
  statement(
    'remove_boundaries_of_tenant',
    'UPDATE user_account SET boundary_policy_id = NULL WHERE tenant_id = $1 AND boundary_policy_id IS NOT NULL',
  ),
  statement(
    'remove_policy_attachments_of_tenant',
    'DELETE FROM policy_attachment a USING policy p WHERE p.id = a.policy_id AND p.tenant_id = $1',
  ),
  statement('remove_directories_of_tenant', 'DELETE FROM ldap_directory WHERE tenant_id = $1'),
  statement('remove_policies_of_tenant', 'DELETE FROM policy WHERE tenant_id = $1'),
  statement('remove_groups_of_tenant', 'DELETE FROM user_group WHERE tenant_id = $1'),
  statement('remove_encryption_keys_of_tenant', 'DELETE FROM encryption_key WHERE tenant_id = $1'),
  statement('remove_users_of_tenant', 'DELETE FROM user_account WHERE tenant_id = $1'),
  statement('remove_tenant', 'DELETE FROM tenant WHERE id = $1 AND deleted_at IS NOT NULL'),
];

/** Deletes a tenant that has no buckets, with its users, keys and sessions, and returns what it was. */
export async function deleteTenant(context: RequestContext, input: { tenant: string }): Promise<Tenant> {
  const tenant = await changeTenant(
    context,
    { action: 'granary:DeleteTenant', name: input.tenant },
    async (tx, found) => {
      refuseIndispensable(context, found, 'deleted');
      const [bucket] = await tx.query(findBucket, [found.id]);
      if (bucket !== undefined) {
        throw new GranaryError('Conflict', 'The tenant has buckets. Delete them first, or purge the tenant.', {
          reason: 'TenantNotEmpty',
          field: ['tenant'],
        });
      }
      await endTenant(tx, context, found);
    },
  );
  context.granary.credentials.clear();
  await removeDeletedTenants(context.granary);
  return Object.assign(tenant, { name: input.tenant });
}

/** Ends a locked tenant without buckets: its name is free, and nobody is its user, when the transaction commits. */
export async function endTenant(
  tx: Queryable,
  context: Pick<RequestContext, 'requestId' | 'sourceIp'> & Partial<Pick<RequestContext, 'caller'>>,
  { id, name }: Pick<LockedTenant, 'id' | 'name'>,
): Promise<void> {
  await tx.query(disableUsers, [id]);
  for (const deletion of deleteCredentials) {
    await tx.query(deletion, [id]);
  }
  await tx.query(hideTenant, [id]);
  await tx.query(notifyIdentity, []);
  await recordEvent(tx, context, { action: 'granary:DeleteTenant', tenantId: id, details: { tenant: name } });
}

/** Removes the rows of deleted tenants, once those of their buckets are gone, which their users owned. */
export async function removeDeletedTenants(granary: Granary): Promise<number> {
  const deleted = await granary.database.query<{ id: number }>(listDeleted, []);
  for (const { id } of deleted) {
    await granary.database.transaction(async (tx) => {
      for (const removal of removals) {
        await tx.query(removal, [id]);
      }
    });
  }
  return deleted.length;
}
