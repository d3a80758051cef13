import { statement } from '../../database/database.js';
import { asking } from '../access/asking.js';
import { isPermitted, resolveBucket } from '../access/authorize.js';
import type { RequestContext } from '../context.js';
import type { BucketAddress } from '../types.js';

/** Folders more than so many levels deep have no totals. */
const countedLevels = 32;

/** As many events as a read adds up itself; when more are waiting, it says how old the totals are. */
const mostPending = 10_000;

/** What the current objects below a path come to. */
export interface FolderTotals {
  objects: number;
  bytes: number;
  /** When one of them was last written or deleted; null when there is none. */
  changedAt: Date | null;
  /** Null when the totals are those of this moment; else of when they are. */
  countedAt: Date | null;
}

interface TotalsRow extends FolderTotals {
  path: string;
}

const readTotals = statement(
  'folder_totals',
  `WITH pending AS MATERIALIZED (
     SELECT e.id, e.bucket_id, e.key, e.object_change, e.byte_change, e.at FROM event e
     WHERE e.tenant_id = $1 AND e.id > COALESCE((SELECT event_id FROM folder_position), 0) ORDER BY e.tenant_id, e.id LIMIT ${mostPending + 1}
   ), late AS MATERIALIZED (
     SELECT CASE WHEN count(*) > ${mostPending} THEN COALESCE((SELECT folded_at FROM folder_position), 'epoch') END AS at FROM pending
   ), changes AS MATERIALIZED (
     SELECT p.* FROM pending p, late WHERE late.at IS NULL AND p.bucket_id = $2 AND p.byte_change IS NOT NULL
   )
   SELECT w.path, COALESCE(f.objects, 0) + COALESCE(n.objects, 0) AS objects,
     COALESCE(f.bytes, 0) + COALESCE(n.bytes, 0) AS bytes, GREATEST(f.changed_at, n.at) AS "changedAt",
     late.at AS "countedAt"
   FROM late, unnest($3::text[]) AS w(path)
   LEFT JOIN folder_total f ON f.bucket_id = $2 AND f.path = w.path
   LEFT JOIN LATERAL (
     SELECT sum(c.object_change)::bigint AS objects, sum(c.byte_change)::bigint AS bytes, max(c.at) AS at
     FROM changes c WHERE starts_with(c.key, w.path)
   ) n ON true`,
);

/**
 * What these folders of a bucket hold, in their order, by one query that does not look at the objects. Null for
 * folders that the caller may not list, and for those that are too deep to be counted.
 */
export async function loadFolderTotals(
  context: RequestContext,
  address: BucketAddress,
  paths: readonly string[],
): Promise<(FolderTotals | null)[]> {
  const bucket = await resolveBucket(context, address);
  const shown = new Set<string>();
  for (const path of paths) {
    const asked = asking(context, { prefix: path, delimiter: '/' });
    if (levelsOf(path) <= countedLevels && (await isPermitted(asked, { action: 's3:ListBucket', bucket }))) {
      shown.add(path);
    }
  }
  const values = [bucket.tenantId, bucket.id, [...shown]];
  const rows = await context.granary.database.query<TotalsRow>(readTotals, values);
  const byPath = new Map(rows.map(({ path, ...totals }) => [path, totals]));
  return paths.map((path) => byPath.get(path) ?? null);
}

function levelsOf(path: string): number {
  return path.split('/').length - 1;
}
