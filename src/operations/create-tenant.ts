import { statement } from '../database/database.js';
import { Tenant } from '../entities/index.js';
import { GranaryError } from '../errors.js';
import { authorizeAction, theServer } from './authorize-action.js';
import type { RequestContext } from './context.js';
import { newCanonicalId, validateTenantName, validateText } from './identity-input.js';
import { recordEvent } from './record-event.js';

export interface CreateTenantInput {
  name: string;
  /** The name when absent. */
  displayName?: string | undefined;
}

const insertTenant = statement(
  'insert_tenant',
  `INSERT INTO tenant (name, display_name, canonical_id) VALUES ($1, $2, $3)
   ON CONFLICT (name) DO NOTHING RETURNING *`,
);

/** Creates a tenant without users; for administrators. */
export async function createTenant(context: RequestContext, input: CreateTenantInput): Promise<Tenant> {
  authorizeAction(context, 'granary:CreateTenant', theServer);
  validateTenantName(input.name);
  const displayName = input.displayName || input.name;
  validateText(displayName, 'displayName');
  const { database } = context.granary;
  const row = await database.transaction(async (tx) => {
    const [created] = await tx.query<{ id: number }>(insertTenant, [input.name, displayName, newCanonicalId()]);
    if (created === undefined) {
      throw new GranaryError('Conflict', `The tenant ${input.name} exists already.`, {
        reason: 'TenantAlreadyExists',
        field: ['input', 'name'],
      });
    }
    const details = { tenant: input.name };
    await recordEvent(tx, context, { action: 'granary:CreateTenant', tenantId: created.id, details });
    return created;
  });
  return database.orm.em.fork().map(Tenant, row);
}
