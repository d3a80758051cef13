import { statement } from '../../database/database.js';
import { authorizeBucketAction, mayAct } from '../access/authorize-action.js';
import type { RequestContext } from '../context.js';
import { validLimit, validListText } from '../objects/list-objects.js';
import { resolveTenant } from '../tenants/resolve-tenant.js';
import type { BucketInfo } from '../types.js';
import { selectBuckets, toBucketState } from './bucket-cache.js';

export interface ListBucketsInput {
  tenant?: string;
  prefix?: string;
  /** Go on behind (backward: before) this name. */
  after?: string;
  limit: number;
  direction?: 'forward' | 'backward';
}

const visible = `${selectBuckets} AND b.tenant_id = $1 AND ($2::bigint IS NULL OR b.owner_id = $2) AND starts_with(b.name, $3)`;

const listForward = statement(
  'list_buckets',
  `${visible} AND ($4::text IS NULL OR b.name COLLATE "C" > $4) ORDER BY b.name COLLATE "C" LIMIT $5`,
);

const listBackward = statement(
  'list_buckets_backward',
  `${visible} AND ($4::text IS NULL OR b.name COLLATE "C" < $4) ORDER BY b.name COLLATE "C" DESC LIMIT $5`,
);

const countStatement = statement(
  'count_buckets',
  `SELECT count(*) AS count FROM bucket b
   WHERE b.deleted_at IS NULL AND b.tenant_id = $1 AND ($2::bigint IS NULL OR b.owner_id = $2)`,
);

/** Buckets by name: the caller's own ones, all of the tenant for whoever `granary:ListAllBuckets` is allowed. */
export async function listBuckets(
  context: RequestContext,
  input: ListBucketsInput,
): Promise<{ buckets: BucketInfo[]; truncated: boolean }> {
  const limit = validLimit(input.limit);
  const rows = await context.granary.database.query<Parameters<typeof toBucketState>[0]>(
    input.direction === 'backward' ? listBackward : listForward,
    [
      ...(await scope(context, input.tenant)),
      validListText(input.prefix ?? '', 'prefix'),
      input.after === undefined ? null : validListText(input.after, 'after'),
      limit + 1,
    ],
  );
  return { buckets: rows.slice(0, limit).map(toBucketState), truncated: limit > 0 && rows.length > limit };
}

/** How many buckets {@link listBuckets} would list in all. */
export async function countBuckets(context: RequestContext, input: { tenant?: string }): Promise<number> {
  const [row] = await context.granary.database.query<{ count: number }>(
    countStatement,
    await scope(context, input.tenant),
  );
  return row?.count ?? 0;
}

/** The tenant's id, and the owner's when the caller sees only what it owns. */
async function scope(context: RequestContext, tenantName: string | undefined): Promise<[number, number | null]> {
  const tenant = await resolveTenant(context, tenantName);
  const caller = authorizeBucketAction(context, 's3:ListAllMyBuckets', { tenant, name: '*' });
  const seesAll = mayAct(context, 'granary:ListAllBuckets', { tenant, kind: 'tenant', name: tenant.name });
  return [tenant.id, seesAll ? null : caller.userId];
}
