import { statement } from '../database/database.js';
import { GranaryError } from '../errors.js';
import { authorizeAction } from './authorize-action.js';
import type { RequestContext } from './context.js';
import { lockPolicy, type PolicyInfo, policyColumns } from './find-policy.js';
import { requireGrantable } from './grant-limits.js';
import { announceTenantChange } from './identity-access.js';
import { validateText } from './identity-input.js';
import { readDocument } from './policy-input.js';
import { recordEvent } from './record-event.js';
import { resolveTenant } from './resolve-tenant.js';
import { spareAdministrators } from './spare-administrators.js';

export interface UpdatePolicyInput {
  /** The caller's own when absent; only global administrators may name another. */
  tenant?: string | undefined;
  name: string;
  /** Stays when absent. */
  description?: string | undefined;
  /** Stays when absent. */
  document?: string | object | undefined;
}

const isAttached = statement(
  'is_policy_attached',
  'SELECT 1 AS found FROM policy_attachment WHERE policy_id = $1 LIMIT 1',
);
const updateRow = statement(
  'update_policy',
  `UPDATE policy p SET description = $2, document = $3, updated_at = now() WHERE p.id = $1 RETURNING ${policyColumns}`,
);

/** Changes a policy of a tenant, for everybody it is attached to, at once. */
export async function updatePolicy(context: RequestContext, input: UpdatePolicyInput): Promise<PolicyInfo> {
  const { name } = input;
  const tenant = await resolveTenant(context, input.tenant);
  const caller = authorizeAction(context, 'granary:UpdatePolicy', { tenant, kind: 'policy', name });
  if (input.description !== undefined) {
    validateText(input.description, 'description');
  }
  const { document: given } = input;
  const read = given === undefined ? undefined : readDocument(given, { kind: 'identity', name, field: 'document' });
  const { database, credentials } = context.granary;
  const changed = await database.transaction(async (tx) => {
    const known = await lockPolicy(tx, tenant, name);
    if (read !== undefined && (await tx.query(isAttached, [known.id])).length > 0) {
      requireGrantable(caller, [read.policy]);
      await spareAdministrators(tx, caller, { policyId: known.id });
    }
    const document = read?.document ?? known.document;
    const values = [known.id, input.description ?? known.description, JSON.stringify(document)];
    const [row] = await tx.query<PolicyInfo>(updateRow, values);
    if (row === undefined) {
      throw new GranaryError('Internal', 'The policy went away while it was locked.');
    }
    await announceTenantChange(tx, tenant.id);
    const details = { policy: name, document };
    await recordEvent(tx, context, { action: 'granary:UpdatePolicy', tenantId: tenant.id, details });
    return row;
  });
  credentials.invalidateTenant(tenant.id);
  return changed;
}
