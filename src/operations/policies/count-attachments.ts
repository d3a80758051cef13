import { statement } from '../../database/database.js';
import { requireUser } from '../access/authorize.js';
import { authorizeAction } from '../access/authorize-action.js';
import type { RequestContext } from '../context.js';

const countByName = statement(
  'count_attachments_by_name',
  `SELECT COALESCE(p.name, a.builtin) AS name, count(*)::int AS count FROM policy_attachment a
   LEFT JOIN policy p ON p.id = a.policy_id
   LEFT JOIN user_group g ON g.id = a.group_id
   LEFT JOIN access_key k ON k.id = a.access_key_id
   LEFT JOIN user_account u ON u.id = COALESCE(a.user_id, k.user_id)
   WHERE COALESCE(u.tenant_id, g.tenant_id) = $1 AND COALESCE(p.name, a.builtin) = ANY ($2) GROUP BY 1`,
);

/** To how many users, groups and keys of the caller's tenant each policy is attached, in the order of the names. */
export async function countAttachments(context: RequestContext, names: readonly string[]): Promise<number[]> {
  const { tenantId: id, tenantName: name } = requireUser(context);
  authorizeAction(context, 'granary:ListPolicies', { tenant: { id, name }, kind: 'tenant', name });
  const rows = await context.granary.database.query<{ name: string; count: number }>(countByName, [id, names]);
  const counts = new Map(rows.map((row) => [row.name, row.count]));
  return names.map((each) => counts.get(each) ?? 0);
}
