import type { GranaryAction } from '../../auth/policy/granary-actions.js';
import { type Queryable, statement } from '../../database/database.js';
import { Tenant } from '../../entities/index.js';
import { GranaryError } from '../../errors.js';
import { authorizeAction, theServer } from '../access/authorize-action.js';
import type { RequestContext } from '../context.js';
import { isTenantName } from '../identities/identity-input.js';
import { announceTenantChange } from './tenant-states.js';

const lockTenant = statement(
  'lock_tenant',
  'SELECT id, name, suspended_at AS "suspendedAt" FROM tenant WHERE name = $1 AND deleted_at IS NULL FOR UPDATE',
);
const findTenant = statement('find_whole_tenant', 'SELECT * FROM tenant WHERE id = $1');

export interface LockedTenant {
  id: number;
  name: string;
  suspendedAt: Date | null;
}

/** Changes a tenant in one transaction, tells all processes, and gives it back as it then is. */
export async function changeTenant(
  context: RequestContext,
  { action, name }: { action: GranaryAction; name: string },
  change: (tx: Queryable, tenant: LockedTenant) => Promise<void>,
): Promise<Tenant> {
  authorizeAction(context, action, theServer);
  const { database, tenants } = context.granary;
  const row = await database.transaction(async (tx) => {
    const tenant = await findLocked(tx, name);
    await change(tx, tenant);
    await announceTenantChange(tx, tenant.id);
    const [changed] = await tx.query<{ id: number }>(findTenant, [tenant.id]);
    return changed ?? { id: tenant.id };
  });
  await tenants.read(row.id);
  return database.orm.em.fork().map(Tenant, row);
}

/** Throws for the tenants without which nobody could put things right again: `default`, and the caller's own. */
export function refuseIndispensable(context: RequestContext, { id, name }: LockedTenant, verb: string): void {
  if (name === 'default' || id === context.caller.tenantId) {
    const which = name === 'default' ? 'The tenant "default"' : 'Your own tenant';
    throw new GranaryError('Conflict', `${which} cannot be ${verb}.`, {
      reason: 'IndispensableTenant',
      field: ['tenant'],
    });
  }
}

async function findLocked(tx: Queryable, name: string): Promise<LockedTenant> {
  const [tenant] = isTenantName(name) ? await tx.query<LockedTenant>(lockTenant, [name]) : [];
  if (tenant === undefined) {
    throw new GranaryError('NotFound', 'There is no such tenant.', { reason: 'NoSuchTenant', field: ['tenant'] });
  }
  return tenant;
}
