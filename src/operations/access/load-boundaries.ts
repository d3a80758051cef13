import { statement } from '../../database/database.js';
import type { RequestContext } from '../context.js';
import { requireUser } from './authorize.js';

const findBoundaries = statement(
  'load_boundaries',
  `SELECT u.id, COALESCE(p.name, u.boundary_builtin) AS name, COALESCE(p.path, '/') AS path FROM user_account u
   LEFT JOIN policy p ON p.id = u.boundary_policy_id
   WHERE u.id = ANY ($1) AND ($2::bigint IS NULL OR u.tenant_id = $2)`,
);

interface Boundary {
  readonly name: string;
  readonly path: string;
}

/** The policy that limits each user or role, in the order of the ids; null for none. */
export async function loadBoundaries(context: RequestContext, ids: readonly number[]): Promise<(Boundary | null)[]> {
  const { role, tenantId } = requireUser(context);
  const values = [ids, role === 'ADMINISTRATOR' ? null : tenantId];
  type Row = { id: number; name: string | null; path: string };
  const rows = await context.granary.database.query<Row>(findBoundaries, values);
  const byId = new Map(rows.map(({ id, name, path }) => [id, name === null ? null : { name, path }]));
  return ids.map((id) => byId.get(id) ?? null);
}
