import { statement } from '../../database/database.js';
import { Tenant } from '../../entities/index.js';
import { authorizeAction } from '../access/authorize-action.js';
import { recordEvent } from '../audit/record-event.js';
import type { RequestContext } from '../context.js';
import { type SharingInput, validSharing } from '../shares/sharing-rules.js';
import { resolveTenant } from './resolve-tenant.js';

const action = 'granary:PutTenantSharing';

const setSharing = statement('set_tenant_sharing', 'UPDATE tenant SET sharing = $2 WHERE id = $1 RETURNING *');

export interface SetTenantSharingInput {
  /** The caller's own when absent. */
  tenant?: string | undefined;
  sharing: SharingInput;
}

/** Says what of a tenant may be shared by link; for its administrators. Links that do not keep to it stop working. */
export async function setTenantSharing(context: RequestContext, input: SetTenantSharingInput): Promise<Tenant> {
  const tenant = await resolveTenant(context, input.tenant);
  authorizeAction(context, action, { tenant, kind: 'tenant', name: tenant.name });
  const sharing = validSharing(input.sharing);
  const { database } = context.granary;
  const row = await database.transaction(async (tx) => {
    const values = [tenant.id, sharing === null ? null : JSON.stringify(sharing)];
    const [changed] = await tx.query<object>(setSharing, values);
    await recordEvent(tx, context, { action, tenantId: tenant.id, details: { tenant: tenant.name, sharing } });
    return changed ?? {};
  });
  return database.orm.em.fork().map(Tenant, row);
}
