import type { TestServer } from '../support/server.js';

/** How a column says whose its row is. $1: the tenant's id. */
const ownership: Record<string, string> = {
  tenant_id: '= $1',
  bucket_id: 'IN (SELECT id FROM bucket WHERE tenant_id = $1)',
  user_id: 'IN (SELECT id FROM user_account WHERE tenant_id = $1)',
  version_id: 'IN (SELECT v.id FROM object_version v JOIN bucket b ON b.id = v.bucket_id WHERE b.tenant_id = $1)',
  upload_id: 'IN (SELECT u.id FROM upload u JOIN bucket b ON b.id = u.bucket_id WHERE b.tenant_id = $1)',
  group_id: 'IN (SELECT id FROM user_group WHERE tenant_id = $1)',
  policy_id: 'IN (SELECT id FROM policy WHERE tenant_id = $1)',
  access_key_id: 'IN (SELECT k.id FROM access_key k JOIN user_account u ON u.id = k.user_id WHERE u.tenant_id = $1)',
  target_id: 'IN (SELECT t.id FROM replication_target t JOIN bucket b ON b.id = t.bucket_id WHERE b.tenant_id = $1)',
  link_id: 'IN (SELECT id FROM share_link WHERE tenant_id = $1)',
  job_id: 'IN (SELECT id FROM folder_job WHERE tenant_id = $1)',
  blob_id: 'IN (SELECT v.blob_id FROM object_version v JOIN bucket b ON b.id = v.bucket_id WHERE b.tenant_id = $1)',
};

/** Tables that no tenant's rows are in, or whose rows are judged by their own rule. */
const ownRules: Record<string, string | null> = {
  tenant: 'id = $1',
  // What was refused is written down; that is no change.
  event: `tenant_id = $1 AND outcome = 'SUCCESS'`,
  decision: null,
  audit_batch: null,
  audit_key: null,
  blob: `id IN (SELECT v.blob_id FROM object_version v JOIN bucket b ON b.id = v.bucket_id WHERE b.tenant_id = $1)`,
  // Its version ids are those of S3.
  share_link: 'tenant_id = $1',
  signing_key: null,
  installation: null,
  scrub_round: null,
  // What follows from the rows of objects and events.
  folder_total: null,
  folder_position: null,
  search_place: null,
  rate_limit: null,
  granary_migration: null,
};

/** When a key was last used is written down a moment after its use, for which nobody waits. */
const laterColumns: Record<string, string> = { access_key: 'last_used_at', api_key: 'last_used_at' };

const tablesQuery = `
  SELECT c.relname AS name, array_agg(a.attname::text) AS columns FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
  WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
  GROUP BY c.relname ORDER BY c.relname`;

/** Everything that a tenant has, as text, by table: what must be the same before and after an attack. */
export class VictimRows {
  readonly #server: TestServer;
  readonly #tenantId: number;
  readonly #query: string;
  /** Tables of which nobody has said whose their rows are. */
  readonly unknown: string[];

  private constructor(server: TestServer, tenantId: number, parts: { query: string; unknown: string[] }) {
    this.#server = server;
    this.#tenantId = tenantId;
    this.#query = parts.query;
    this.unknown = parts.unknown;
  }

  static async of(server: TestServer, tenant: string): Promise<VictimRows> {
    const { pool } = server.granary.database;
    const tables = (await pool.query<{ name: string; columns: string[] }>(tablesQuery)).rows;
    const [row] = (await pool.query<{ id: string }>('SELECT id FROM tenant WHERE name = $1', [tenant])).rows;
    const unknown: string[] = [];
    const parts = tables.flatMap(({ name, columns }) => {
      const rule = ruleOf(name, columns);
      if (rule === undefined) {
        unknown.push(name);
      }
      return rule === undefined || rule === null ? [] : [rowsOf(name, rule)];
    });
    return new VictimRows(server, Number(row?.id), { query: parts.join(' UNION ALL '), unknown });
  }

  /** All rows of each table as text: there are many, and each test compares all of them. */
  async read(): Promise<Record<string, string>> {
    const query = { name: 'victim-rows', text: this.#query, values: [this.#tenantId] };
    const { rows } = await this.#server.granary.database.pool.query<{ name: string; rows: string }>(query);
    return Object.fromEntries(rows.map(({ name, rows: content }) => [name, content]));
  }
}

/** A query for a table's rows as text. */
function rowsOf(table: string, rule: string): string {
  const later = laterColumns[table];
  const row = later === undefined ? 't::text' : `(to_jsonb(t) - '${later}')::text`;
  return `SELECT '${table}' AS name, coalesce(string_agg(${row}, E'\\n' ORDER BY ${row} COLLATE "C"), '') AS rows FROM ${table} t WHERE ${rule}`;
}

function ruleOf(table: string, columns: readonly string[]): string | null | undefined {
  if (table in ownRules) {
    return ownRules[table];
  }
  const conditions = columns
    .filter((column) => column in ownership)
    .map((column) => `t.${column} ${ownership[column]}`);
  return conditions.length === 0 ? undefined : `(${conditions.join(' OR ')})`;
}
