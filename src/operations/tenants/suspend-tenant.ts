import { type Queryable, statement } from '../../database/database.js';
import type { Tenant } from '../../entities/tenant.js';
import { GranaryError } from '../../errors.js';
import { recordEvent } from '../audit/record-event.js';
import type { RequestContext } from '../context.js';
import { changeTenant, type LockedTenant, refuseIndispensable } from './managed-tenant.js';

const suspend = statement(
  'suspend_tenant',
  'UPDATE tenant SET suspended_at = COALESCE(suspended_at, now()) WHERE id = $1',
);
const resume = statement('resume_tenant', 'UPDATE tenant SET suspended_at = NULL WHERE id = $1');
const findRunningPurge = statement(
  'find_running_purge',
  `SELECT id FROM tenant_purge WHERE tenant_id = $1 AND state = 'RUNNING'`,
);

/**
 * Lets nobody use a tenant: neither its users, with whatever they show, nor others who reach its buckets, but for global
 * administrators. Its data stays, and what protects it goes on. All processes know within a second.
 */
export async function suspendTenant(context: RequestContext, input: { tenant: string }): Promise<Tenant> {
  return changeTenant(context, { action: 'granary:SuspendTenant', name: input.tenant }, async (tx, tenant) => {
    refuseIndispensable(context, tenant, 'suspended');
    await markSuspended(tx, tenant);
    await record(tx, context, { action: 'granary:SuspendTenant', tenant });
  });
}

/** Lets a suspended tenant be used again, with the same keys and sessions. */
export async function resumeTenant(context: RequestContext, input: { tenant: string }): Promise<Tenant> {
  return changeTenant(context, { action: 'granary:ResumeTenant', name: input.tenant }, async (tx, tenant) => {
    const [purge] = await tx.query(findRunningPurge, [tenant.id]);
    if (purge !== undefined) {
      throw new GranaryError('Conflict', 'The tenant is being purged.', {
        reason: 'TenantBeingPurged',
        field: ['tenant'],
      });
    }
    await tx.query(resume, [tenant.id]);
    await record(tx, context, { action: 'granary:ResumeTenant', tenant });
  });
}

export async function markSuspended(tx: Queryable, tenant: LockedTenant): Promise<void> {
  await tx.query(suspend, [tenant.id]);
}

function record(
  tx: Queryable,
  context: RequestContext,
  { action, tenant }: { action: string; tenant: LockedTenant },
): Promise<void> {
  return recordEvent(tx, context, { action, tenantId: tenant.id, details: { tenant: tenant.name } });
}
