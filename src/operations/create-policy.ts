import { statement } from '../database/database.js';
import { GranaryError } from '../errors.js';
import { authorizeAction } from './authorize-action.js';
import type { RequestContext } from './context.js';
import { type PolicyInfo, policyColumns } from './find-policy.js';
import { validateText } from './identity-input.js';
import { readDocument, validatePolicyName } from './policy-input.js';
import { recordEvent } from './record-event.js';
import { resolveTenant } from './resolve-tenant.js';

export interface CreatePolicyInput {
  /** The caller's own when absent; only global administrators may name another. */
  tenant?: string | undefined;
  name: string;
  description?: string | undefined;
  /** As text or as what JSON makes of it. */
  document: string | object;
}

const insertPolicy = statement(
  'insert_policy',
  `INSERT INTO policy AS p (tenant_id, name, description, document) VALUES ($1, $2, $3, $4)
   ON CONFLICT (tenant_id, name) DO NOTHING RETURNING ${policyColumns}`,
);

/** Makes a policy of a tenant. It allows nobody anything until it is attached. */
export async function createPolicy(context: RequestContext, input: CreatePolicyInput): Promise<PolicyInfo> {
  const tenant = await resolveTenant(context, input.tenant);
  authorizeAction(context, 'granary:CreatePolicy', { tenant, kind: 'policy', name: input.name });
  const description = input.description ?? '';
  validatePolicyName(input.name);
  validateText(description, 'description');
  const { document } = readDocument(input.document, { kind: 'identity', name: input.name, field: 'document' });
  return context.granary.database.transaction(async (tx) => {
    const values = [tenant.id, input.name, description, JSON.stringify(document)];
    const [created] = await tx.query<PolicyInfo>(insertPolicy, values);
    if (created === undefined) {
      throw new GranaryError('Conflict', `The policy ${input.name} exists already.`, {
        reason: 'EntityAlreadyExists',
        field: ['input', 'name'],
      });
    }
    const details = { policy: input.name, document };
    await recordEvent(tx, context, { action: 'granary:CreatePolicy', tenantId: tenant.id, details });
    return created;
  });
}
