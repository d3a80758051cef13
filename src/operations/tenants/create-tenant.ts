import { statement } from '../../database/database.js';
import { Tenant } from '../../entities/index.js';
import type { TenantQuota } from '../../entities/tenant.js';
import { GranaryError } from '../../errors.js';
import { authorizeAction, theServer } from '../access/authorize-action.js';
import { recordEvent } from '../audit/record-event.js';
import type { RequestContext } from '../context.js';
import { newCanonicalId, validateTenantName, validateText } from '../identities/identity-input.js';
import { type QuotaInput, tenantQuotaKinds, validQuota } from './quota-input.js';
import { announceTenantChange } from './tenant-states.js';

export interface CreateTenantInput {
  name: string;
  /** The name when absent. */
  displayName?: string | undefined;
  /** No limits when absent. */
  quota?: QuotaInput<keyof TenantQuota> | undefined;
}

const insertTenant = statement(
  'insert_tenant',
  `INSERT INTO tenant (name, display_name, canonical_id, quota) VALUES ($1, $2, $3, $4)
   ON CONFLICT (name) DO NOTHING RETURNING *`,
);

/** Creates a tenant without users; for administrators. */
export async function createTenant(context: RequestContext, input: CreateTenantInput): Promise<Tenant> {
  authorizeAction(context, 'granary:CreateTenant', theServer);
  validateTenantName(input.name);
  const displayName = input.displayName || input.name;
  validateText(displayName, 'displayName');
  const quota = validQuota(input.quota ?? {}, tenantQuotaKinds);
  const { database, tenants } = context.granary;
  const row = await database.transaction(async (tx) => {
    const [created] = await tx.query<{ id: number }>(insertTenant, [
      input.name,
      displayName,
      newCanonicalId(),
      quota === null ? null : JSON.stringify(quota),
    ]);
    if (created === undefined) {
      throw new GranaryError('Conflict', `The tenant ${input.name} exists already.`, {
        reason: 'TenantAlreadyExists',
        field: ['input', 'name'],
      });
    }
    const details = { tenant: input.name, ...(quota === null ? {} : { quota }) };
    await recordEvent(tx, context, { action: 'granary:CreateTenant', tenantId: created.id, details });
    await announceTenantChange(tx, created.id);
    return created;
  });
  await tenants.read(row.id);
  return database.orm.em.fork().map(Tenant, row);
}
