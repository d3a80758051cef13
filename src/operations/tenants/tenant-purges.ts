import { statement } from '../../database/database.js';
import type { TenantPurge } from '../../entities/tenant-purge.js';
import { authorizeAction, theServer } from '../access/authorize-action.js';
import type { RequestContext } from '../context.js';
import { type PageRequest, toPage } from '../page.js';

/** Of `tenant_purge p`, as the entity names them. */
export const purgeColumns = `p.id, p.tenant_id AS "tenantId", p.tenant_name AS "tenantName", p.state,
  p.actor_id AS "actorId", p.versions, p.bytes, p.buckets, p.held, p.started_at AS "startedAt",
  p.updated_at AS "updatedAt", p.finished_at AS "finishedAt"`;

const latestOf = statement(
  'latest_tenant_purges',
  `SELECT DISTINCT ON (p.tenant_id) ${purgeColumns} FROM tenant_purge p
   WHERE p.tenant_id = ANY ($1::bigint[]) ORDER BY p.tenant_id, p.id DESC`,
);

const listForward = statement(
  'list_tenant_purges',
  `SELECT ${purgeColumns} FROM tenant_purge p WHERE $1::bigint IS NULL OR p.id < $1 ORDER BY p.id DESC LIMIT $2`,
);
const listBackward = statement(
  'list_tenant_purges_backward',
  `SELECT ${purgeColumns} FROM tenant_purge p WHERE $1::bigint IS NULL OR p.id > $1 ORDER BY p.id LIMIT $2`,
);

/** What object lock keeps of a tenant that is, or was, being purged. */
export interface HeldVersion {
  id: number;
  bucket: string;
  key: string;
  isNull: boolean;
  size: number;
  retainUntil: Date | null;
  mode: 'GOVERNANCE' | 'COMPLIANCE' | null;
  legalHold: boolean;
}

const heldColumns = `v.id, b.name AS bucket, v.key, v.is_null AS "isNull", v.size, v.retain_until AS "retainUntil",
  v.lock_mode AS mode, v.legal_hold AS "legalHold"`;

const listHeld = statement(
  'list_held_versions',
  `SELECT ${heldColumns} FROM bucket b JOIN object_version v ON v.bucket_id = b.id AND v.state = 'COMMITTED'
   WHERE b.tenant_id = $1 AND b.deleted_at IS NULL AND is_locked(v.lock_mode, v.retain_until, v.legal_hold, false)
     AND ($2::bigint IS NULL OR v.id > $2) ORDER BY v.id LIMIT $3`,
);

/** The latest purge of each of these tenants, in their order; for administrators. */
export async function loadTenantPurges(
  context: RequestContext,
  tenantIds: readonly number[],
): Promise<(TenantPurge | null)[]> {
  authorizeAction(context, 'granary:PurgeTenant', theServer);
  const rows = await context.granary.database.query<TenantPurge>(latestOf, [tenantIds]);
  const byTenant = new Map(rows.map((row) => [row.tenantId, row]));
  return tenantIds.map((id) => byTenant.get(id) ?? null);
}

/** All purges, the newest first; `after` is an id. For administrators. */
export async function listTenantPurges(
  context: RequestContext,
  page: PageRequest,
): Promise<{ purges: TenantPurge[]; truncated: boolean }> {
  authorizeAction(context, 'granary:PurgeTenant', theServer);
  const list = page.direction === 'backward' ? listBackward : listForward;
  const rows = await context.granary.database.query<TenantPurge>(list, [rowId(page.after), page.limit + 1]);
  const { items, truncated } = toPage(rows, page);
  return { purges: items, truncated };
}

/** What is held of a tenant now, the oldest first; `after` is an id. For administrators. */
export async function listHeldVersions(
  context: RequestContext,
  input: { tenantId: number; after?: string | undefined; limit: number },
): Promise<{ versions: HeldVersion[]; truncated: boolean }> {
  authorizeAction(context, 'granary:PurgeTenant', theServer);
  const values = [input.tenantId, rowId(input.after), input.limit + 1];
  const rows = await context.granary.database.query<HeldVersion>(listHeld, values);
  return { versions: rows.slice(0, input.limit), truncated: rows.length > input.limit };
}

/** What is no id comes behind all. */
function rowId(text: string | undefined): number | null {
  return text === undefined ? null : /^\d{1,15}$/.test(text) ? Number(text) : 0;
}
