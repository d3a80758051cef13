import { statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import { authorizeAction } from '../access/authorize-action.js';
import { recordEvent } from '../audit/record-event.js';
import type { RequestContext } from '../context.js';
import { resolveTenant } from '../tenants/resolve-tenant.js';
import { lockPolicy, nameOfPolicy, type PolicyReference } from './find-policy.js';

const deleteUnattached = statement(
  'delete_policy',
  `DELETE FROM policy p WHERE p.id = $1 AND NOT EXISTS (SELECT FROM policy_attachment a WHERE a.policy_id = p.id)
     AND NOT EXISTS (SELECT FROM user_account u WHERE u.boundary_policy_id = p.id)
   RETURNING p.id`,
);

/** Deletes a policy of a tenant that is attached to nothing. */
export async function deletePolicy(
  context: RequestContext,
  input: { tenant?: string | undefined; name: PolicyReference },
): Promise<void> {
  const name = nameOfPolicy(input.name);
  const tenant = await resolveTenant(context, input.tenant);
  authorizeAction(context, 'granary:DeletePolicy', { tenant, kind: 'policy', name });
  await context.granary.database.transaction(async (tx) => {
    const { id, document } = await lockPolicy(tx, tenant, input.name);
    if ((await tx.query(deleteUnattached, [id])).length === 0) {
      throw new GranaryError('Conflict', `The policy ${name} is attached, or somebody's boundary. Detach it first.`, {
        reason: 'DeleteConflict',
        field: ['input', 'name'],
      });
    }
    const details = { policy: name, document };
    await recordEvent(tx, context, { action: 'granary:DeletePolicy', tenantId: tenant.id, details });
  });
}
