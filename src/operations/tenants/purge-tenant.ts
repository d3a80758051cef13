import { statement } from '../../database/database.js';
import type { TenantPurge } from '../../entities/tenant-purge.js';
import { GranaryError } from '../../errors.js';
import { recordEvent } from '../audit/record-event.js';
import type { RequestContext } from '../context.js';
import { changeTenant, refuseIndispensable } from './managed-tenant.js';
import { markSuspended } from './suspend-tenant.js';
import { purgeColumns } from './tenant-purges.js';

const beginPurge = statement(
  'begin_tenant_purge',
  `INSERT INTO tenant_purge AS p (tenant_id, tenant_name, actor_id) VALUES ($1, $2, $3)
   ON CONFLICT (tenant_id) WHERE state = 'RUNNING' DO NOTHING RETURNING ${purgeColumns}`,
);

export interface PurgeTenantInput {
  tenant: string;
  /** The tenant's name once more. */
  confirm: string;
}

/**
 * Has a tenant deleted with all it holds, but for what retention and legal holds keep. Nobody can use it from now on;
 * background work does the rest. For administrators.
 */
export async function purgeTenant(context: RequestContext, input: PurgeTenantInput): Promise<TenantPurge> {
  let purge: TenantPurge | undefined;
  await changeTenant(context, { action: 'granary:PurgeTenant', name: input.tenant }, async (tx, tenant) => {
    refuseIndispensable(context, tenant, 'purged');
    if (input.confirm !== tenant.name) {
      throw new GranaryError('InvalidInput', "Confirm with the tenant's name: what is purged does not come back.", {
        field: ['confirm'],
      });
    }
    const actor = context.caller.kind === 'user' ? context.caller.userId : null;
    [purge] = await tx.query<TenantPurge>(beginPurge, [tenant.id, tenant.name, actor]);
    if (purge === undefined) {
      throw new GranaryError('Conflict', 'The tenant is being purged.', {
        reason: 'TenantBeingPurged',
        field: ['tenant'],
      });
    }
    await markSuspended(tx, tenant);
    await recordEvent(tx, context, {
      action: 'granary:PurgeTenant',
      tenantId: tenant.id,
      details: { tenant: tenant.name, purge: purge.id },
    });
  });
  if (purge === undefined) {
    throw new GranaryError('Internal', 'The purge has no row');
  }
  return purge;
}
