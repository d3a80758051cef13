import { statement } from '../../database/database.js';
import type { Tenant } from '../../entities/tenant.js';
import { recordEvent } from '../audit/record-event.js';
import type { RequestContext } from '../context.js';
import { validateText } from '../identities/identity-input.js';
import { changeTenant } from './managed-tenant.js';

const setDisplayName = statement('set_tenant_display_name', 'UPDATE tenant SET display_name = $2 WHERE id = $1');

export interface UpdateTenantInput {
  tenant: string;
  displayName: string;
}

/** Changes the name that a tenant is shown under; for administrators. The unique name stays: keys and links have it. */
export async function updateTenant(context: RequestContext, input: UpdateTenantInput): Promise<Tenant> {
  const displayName = input.displayName || input.tenant;
  validateText(displayName, 'displayName');
  return changeTenant(context, { action: 'granary:UpdateTenant', name: input.tenant }, async (tx, tenant) => {
    await tx.query(setDisplayName, [tenant.id, displayName]);
    await recordEvent(tx, context, {
      action: 'granary:UpdateTenant',
      tenantId: tenant.id,
      details: { tenant: tenant.name, displayName },
    });
  });
}
