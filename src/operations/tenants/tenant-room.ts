import { type Queryable, statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';

type Countable = 'buckets' | 'users' | 'accessKeys';

// The lock lets many create at once, and nobody while the tenant is being deleted.
const findLimit = statement(
  'find_tenant_limit',
  'SELECT (t.quota ->> $2)::bigint AS most FROM tenant t WHERE t.id = $1 AND t.deleted_at IS NULL FOR KEY SHARE',
);
const lockCount = statement(
  'lock_tenant_count',
  `SELECT pg_advisory_xact_lock(hashtextextended('tenant/' || $2::text, $1))`,
);

const counts = {
  buckets: statement(
    'count_tenant_buckets',
    'SELECT count(*) AS count FROM bucket WHERE tenant_id = $1 AND deleted_at IS NULL',
  ),
  users: statement(
    'count_tenant_users',
    `SELECT count(*) AS count FROM user_account WHERE tenant_id = $1 AND kind = 'USER'`,
  ),
  accessKeys: statement(
    'count_tenant_access_keys',
    `SELECT (SELECT count(*) FROM access_key k JOIN user_account u ON u.id = k.user_id WHERE u.tenant_id = $1)
       + (SELECT count(*) FROM api_key k JOIN user_account u ON u.id = k.user_id WHERE u.tenant_id = $1) AS count`,
  ),
};

const names = { buckets: 'buckets', users: 'users', accessKeys: 'access keys' };

/** Throws `QuotaExceeded` unless the tenant may have one more of a kind, which the transaction is about to create. */
export async function requireRoom(tx: Queryable, tenantId: number, kind: Countable): Promise<void> {
  const [tenant] = await tx.query<{ most: number | null }>(findLimit, [tenantId, kind]);
  if (tenant === undefined) {
    throw new GranaryError('NotFound', 'There is no such tenant.', { reason: 'NoSuchTenant', field: ['tenant'] });
  }
  if (tenant.most === null) {
    return;
  }
  await tx.query(lockCount, [tenantId, kind]);
  const [row] = await tx.query<{ count: number }>(counts[kind], [tenantId]);
  const used = row?.count ?? 0;
  if (used >= tenant.most) {
    throw new GranaryError(
      'QuotaExceeded',
      `The quota of the tenant would be exceeded: it may have ${tenant.most} ${names[kind]} and has ${used}.`,
      { data: { Quota: `tenant ${names[kind]}`, Limit: tenant.most, Used: used } },
    );
  }
}
