import { statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import { authorizeAction } from '../access/authorize-action.js';
import { recordEvent } from '../audit/record-event.js';
import type { RequestContext } from '../context.js';
import { validatePath } from '../identities/entity-path.js';
import { validateText } from '../identities/identity-input.js';
import { validateUserTags } from '../identities/user-tags.js';
import { resolveTenant } from '../tenants/resolve-tenant.js';
import { type PolicyInfo, policyColumns } from './find-policy.js';
import { readDocument, validatePolicyName } from './policy-input.js';
import { insertVersion } from './policy-version-rows.js';

export interface CreatePolicyInput {
  /** The caller's own when absent; only global administrators may name another. */
  tenant?: string | undefined;
  name: string;
  description?: string | undefined;
  /** Where in the tenant it belongs; `/` when absent. */
  path?: string | undefined;
  tags?: Record<string, string> | undefined;
  /** As text or as what JSON makes of it. */
  document: string | object;
}

const insertPolicy = statement(
  'insert_policy',
  `INSERT INTO policy AS p (tenant_id, name, description, document, path, tags)
   VALUES ($1, $2, $3, $4, $5, $6)
   ON CONFLICT (tenant_id, name) DO NOTHING RETURNING ${policyColumns}`,
);

/** Makes a policy of a tenant. It allows nobody anything until it is attached. */
export async function createPolicy(context: RequestContext, input: CreatePolicyInput): Promise<PolicyInfo> {
  const tenant = await resolveTenant(context, input.tenant);
  authorizeAction(context, 'granary:CreatePolicy', { tenant, kind: 'policy', name: input.name });
  const description = input.description ?? '';
  validatePolicyName(input.name);
  validateText(description, 'description');
  validatePath(input.path ?? '/');
  validateUserTags(input.tags ?? {});
  const { document } = readDocument(input.document, { kind: 'identity', name: input.name, field: 'document' });
  return context.granary.database.transaction(async (tx) => {
    const text = JSON.stringify(document);
    const values = [tenant.id, input.name, description, text, input.path ?? '/', JSON.stringify(input.tags ?? {})];
    const [created] = await tx.query<PolicyInfo & { id: number }>(insertPolicy, values);
    if (created === undefined) {
      throw new GranaryError('Conflict', `The policy ${input.name} exists already.`, {
        reason: 'EntityAlreadyExists',
        field: ['input', 'name'],
      });
    }
    await insertVersion(tx, { policyId: created.id, number: 1, document });
    const details = { policy: input.name, document };
    await recordEvent(tx, context, { action: 'granary:CreatePolicy', tenantId: tenant.id, details });
    return created;
  });
}
