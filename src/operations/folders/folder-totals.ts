import { statement } from '../../database/database.js';
import { asking } from '../access/asking.js';
import { findBucket, isPermitted } from '../access/authorize.js';
import type { BucketState } from '../buckets/bucket-cache.js';
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
  place: number;
}

/** Where a folder is. */
export interface FolderAddress extends BucketAddress {
  path: string;
}

interface CountedFolder {
  bucket: BucketState;
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
     SELECT p.* FROM pending p, late WHERE late.at IS NULL AND p.bucket_id = ANY ($2::bigint[]) AND p.byte_change IS NOT NULL
   )
   SELECT w.place, COALESCE(f.objects, 0) + COALESCE(n.objects, 0) AS objects,
     COALESCE(f.bytes, 0) + COALESCE(n.bytes, 0) AS bytes, GREATEST(f.changed_at, n.at) AS "changedAt",
     late.at AS "countedAt"
   FROM late, unnest($2::bigint[], $3::text[]) WITH ORDINALITY AS w (bucket_id, path, place)
   LEFT JOIN folder_total f ON f.bucket_id = w.bucket_id AND f.path = w.path
   LEFT JOIN LATERAL (
     SELECT sum(c.object_change)::bigint AS objects, sum(c.byte_change)::bigint AS bytes, max(c.at) AS at
     FROM changes c WHERE c.bucket_id = w.bucket_id AND starts_with(c.key, w.path)
   ) n ON true`,
);

/**
 * What these folders hold, in their order, by one query for each tenant that does not look at the objects. Null for
 * folders that the caller may not list, whose bucket is gone, and that are too deep to be counted.
 */
export async function loadFolderTotals(
  context: RequestContext,
  folders: readonly FolderAddress[],
): Promise<(FolderTotals | null)[]> {
  const shown = await Promise.all(folders.map((folder) => showFolder(context, folder)));
  const counted = shown.filter((folder) => folder !== null);
  const found = new Map<CountedFolder, FolderTotals>();
  for (const [tenantId, group] of Map.groupBy(counted, ({ bucket }) => bucket.tenantId)) {
    const values = [tenantId, group.map(({ bucket }) => bucket.id), group.map(({ path }) => path)];
    const rows = await context.granary.database.query<TotalsRow>(readTotals, values);
    for (const { place, ...totals } of rows) {
      found.set(group[place - 1] as CountedFolder, totals);
    }
  }
  return shown.map((folder) => (folder === null ? null : (found.get(folder) ?? null)));
}

async function showFolder(context: RequestContext, folder: FolderAddress): Promise<CountedFolder | null> {
  const { path } = folder;
  const bucket = await findBucket(context, folder);
  if (bucket === undefined) {
    return null;
  }
  const asked = asking(context, { prefix: path, delimiter: '/' });
  const isShown = levelsOf(path) <= countedLevels && (await isPermitted(asked, { action: 's3:ListBucket', bucket }));
  return isShown ? { bucket, path } : null;
}

function levelsOf(path: string): number {
  return path.split('/').length - 1;
}
