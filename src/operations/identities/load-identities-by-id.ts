import { ACCESS_KEY_ID_PATTERN } from '../../auth/credential-cache.js';
import type { GranaryAction } from '../../auth/policy/granary-actions.js';
import { AccessKey, ApiKey, Tenant, User } from '../../entities/index.js';
import { requireUser } from '../access/authorize.js';
import { mayAct } from '../access/authorize-action.js';
import type { RequestContext } from '../context.js';
import { isUuid } from '../uuid.js';

/** Tenants in the order of the ids; null for what the caller may not see: for all but administrators, other tenants. */
export async function loadTenantsById(context: RequestContext, ids: readonly number[]): Promise<(Tenant | null)[]> {
  const found = await fork(context).find(Tenant, { id: { $in: visibleTenantIds(context, ids) }, deletedAt: null });
  const byId = new Map(found.map((tenant) => [tenant.id, tenant]));
  return ids.map((id) => byId.get(id) ?? null);
}

/** Users in the order of the ids; null for users of tenants that the caller may not see. */
export async function loadUsersById(context: RequestContext, ids: readonly number[]): Promise<(User | null)[]> {
  const found = await fork(context).find(User, { id: { $in: [...ids] }, ...ownTenant(context) });
  const byId = new Map(found.map((user) => [user.id, user]));
  return ids.map((id) => byId.get(id) ?? null);
}

/** Access keys in the order of the ids; null for keys that are neither the caller's nor of a user that it manages. */
export async function loadAccessKeysById(
  context: RequestContext,
  ids: readonly string[],
): Promise<(AccessKey | null)[]> {
  const possible = ids.filter((id) => ACCESS_KEY_ID_PATTERN.test(id));
  const found = await fork(context).find(AccessKey, {
    accessKeyId: { $in: possible },
    user: keyOwners(context, 'granary:ListAccessKeys'),
  });
  const byId = new Map(found.map((key) => [key.accessKeyId, key]));
  return ids.map((id) => byId.get(id) ?? null);
}

/** API keys in the order of the ids; null for keys that are neither the caller's nor of a user that it manages. */
export async function loadApiKeysById(context: RequestContext, ids: readonly string[]): Promise<(ApiKey | null)[]> {
  const owners = keyOwners(context, 'granary:ListApiKeys');
  const found = await fork(context).find(ApiKey, { keyId: { $in: ids.filter(isUuid) }, user: owners });
  const byId = new Map(found.map((key) => [key.keyId, key]));
  return ids.map((id) => byId.get(id) ?? null);
}

function fork(context: RequestContext) {
  return context.granary.database.orm.em.fork();
}

function visibleTenantIds(context: RequestContext, ids: readonly number[]): number[] {
  const caller = requireUser(context);
  return ids.filter((id) => caller.role === 'ADMINISTRATOR' || id === caller.tenantId);
}

function ownTenant(context: RequestContext): { tenant?: number } {
  const caller = requireUser(context);
  return caller.role === 'ADMINISTRATOR' ? {} : { tenant: caller.tenantId };
}

/** Whose keys the caller may see: all of its tenant, its own, or nobody's. */
function keyOwners(context: RequestContext, action: GranaryAction) {
  const caller = requireUser(context);
  const tenant = { id: caller.tenantId, name: caller.tenantName };
  const mayList = (name: string) => mayAct(context, action, { tenant, kind: 'user', name });
  if (!mayList('*')) {
    return { id: mayList(caller.username) ? caller.userId : null };
  }
  return caller.role === 'ADMINISTRATOR' ? {} : { tenant: caller.tenantId, role: { $ne: 'ADMINISTRATOR' as const } };
}

/** Whether the caller may see users, and what they are and have: all of its tenant, or of all tenants. */
export function maySeeUsers(context: RequestContext): boolean {
  const { tenantId: id, tenantName: name } = context.caller;
  return mayAct(context, 'granary:ListUsers', { tenant: { id, name }, kind: 'tenant', name });
}
