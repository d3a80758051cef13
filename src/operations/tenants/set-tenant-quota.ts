import { statement } from '../../database/database.js';
import type { Tenant, TenantQuota } from '../../entities/tenant.js';
import { recordEvent } from '../audit/record-event.js';
import type { RequestContext } from '../context.js';
import { changeTenant } from './managed-tenant.js';
import { type QuotaInput, tenantQuotaKinds, validQuota } from './quota-input.js';

const setQuota = statement('set_tenant_quota', 'UPDATE tenant SET quota = $2 WHERE id = $1');

export interface SetTenantQuotaInput {
  tenant: string;
  /** The whole of it: what is left out has no limit. */
  quota: QuotaInput<keyof TenantQuota>;
}

/** Says what a tenant may hold at most, from now on; what is there stays, even when it is more. For administrators. */
export async function setTenantQuota(context: RequestContext, input: SetTenantQuotaInput): Promise<Tenant> {
  const quota = validQuota(input.quota, tenantQuotaKinds);
  return changeTenant(context, { action: 'granary:PutTenantQuota', name: input.tenant }, async (tx, tenant) => {
    await tx.query(setQuota, [tenant.id, quota === null ? null : JSON.stringify(quota)]);
    await recordEvent(tx, context, {
      action: 'granary:PutTenantQuota',
      tenantId: tenant.id,
      details: { tenant: tenant.name, quota },
    });
  });
}
