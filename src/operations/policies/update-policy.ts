import { statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import { authorizeAction } from '../access/authorize-action.js';
import { announceTenantChange } from '../access/identity-access.js';
import { recordEvent } from '../audit/record-event.js';
import type { RequestContext } from '../context.js';
import { validateText } from '../identities/identity-input.js';
import { changedTags, type TagChange } from '../identities/user-tags.js';
import { resolveTenant } from '../tenants/resolve-tenant.js';
import { lockPolicy, nameOfPolicy, type PolicyInfo, type PolicyReference, policyColumns } from './find-policy.js';
import { readDocument } from './policy-input.js';
import { putDocument } from './policy-version-rows.js';

export interface UpdatePolicyInput {
  /** The caller's own when absent; only global administrators may name another. */
  tenant?: string | undefined;
  name: PolicyReference;
  /** Stays when absent. */
  description?: string | undefined;
  /** Stays when absent. */
  document?: string | object | undefined;
  tags?: TagChange | undefined;
}

const updateRow = statement(
  'update_policy',
  `UPDATE policy p SET description = COALESCE($2, description), tags = COALESCE($3::jsonb, tags), updated_at = now()
   WHERE p.id = $1 RETURNING ${policyColumns}`,
);

/**
 * Changes a policy of a tenant, for everybody it is attached to, at once. Another document is another version, which
 * counts from then on; the oldest of too many is forgotten.
 */
export async function updatePolicy(context: RequestContext, input: UpdatePolicyInput): Promise<PolicyInfo> {
  const name = nameOfPolicy(input.name);
  const tenant = await resolveTenant(context, input.tenant);
  authorizeAction(context, 'granary:UpdatePolicy', { tenant, kind: 'policy', name });
  if (input.description !== undefined) {
    validateText(input.description, 'description');
  }
  const { document: given } = input;
  const read = given === undefined ? undefined : readDocument(given, { kind: 'identity', name, field: 'document' });
  const { database, credentials } = context.granary;
  const changed = await database.transaction(async (tx) => {
    const known = await lockPolicy(tx, tenant, input.name);
    if (read !== undefined) {
      await putDocument(tx, context, { policyId: known.id, read });
    }
    const tags = changedTags(input.tags, known.tags);
    const values = [input.description ?? null, tags === undefined ? null : JSON.stringify(tags)];
    const [row] = await tx.query<PolicyInfo>(updateRow, [known.id, ...values]);
    if (row === undefined) {
      throw new GranaryError('Internal', 'The policy went away while it was locked.');
    }
    await announceTenantChange(tx, tenant.id);
    const details = { policy: name, document: row.document, version: row.defaultVersion, tags };
    await recordEvent(tx, context, { action: 'granary:UpdatePolicy', tenantId: tenant.id, details });
    return row;
  });
  credentials.invalidateTenant(tenant.id);
  return changed;
}
