import { statement } from '../database/database.js';
import { requireRole } from './authorize.js';
import type { Granary, RequestContext } from './context.js';

/** Counting reads all rows of blobs: it is done once in so long, however many ask. */
const freshMs = 30_000;

/** What one store holds. Small content, which is in its row, counts as in the store `row`. */
export interface StoreFigures {
  name: string;
  blobs: number;
  /** Bytes of content. */
  contentBytes: number;
  /** Bytes that it takes, sealed and perhaps compressed. */
  storedBytes: number;
  /** Second copies that are in place. */
  copies: number;
  copyBytes: number;
}

export interface StorageFigures {
  stores: StoreFigures[];
  /** Bytes of all versions, as written, before equal content was stored once. */
  writtenBytes: number;
  damaged: number;
  /** Second copies that are still to be written. */
  copiesWanted: number;
  at: Date;
}

const countStores = statement(
  'count_stores',
  `SELECT COALESCE(b.name, c.name) AS name, COALESCE(b.blobs, 0) AS blobs,
     COALESCE(b.content, 0)::bigint AS "contentBytes", COALESCE(b.stored, 0)::bigint AS "storedBytes",
     COALESCE(c.copies, 0) AS copies, COALESCE(c.stored, 0)::bigint AS "copyBytes"
   FROM (
     SELECT COALESCE(split_part(path, '/', 1), 'row') AS name, count(*) AS blobs, sum(size) AS content,
       sum(stored_size) AS stored
     FROM blob WHERE state = 'live' GROUP BY 1
   ) b FULL JOIN (
     SELECT c.store AS name, count(*) AS copies, sum(b.stored_size) AS stored
     FROM blob_copy c JOIN blob b ON b.id = c.blob_id WHERE c.state = 'PLACED' AND b.state = 'live' GROUP BY 1
   ) c ON c.name = b.name ORDER BY 1`,
);

const countRest = statement(
  'count_storage',
  `SELECT
     (SELECT COALESCE(sum(s.bytes), 0)::bigint FROM bucket_usage s) AS "writtenBytes",
     (SELECT count(*) FROM blob WHERE damage IS NOT NULL AND state = 'live') AS damaged,
     (SELECT count(*) FROM blob_copy WHERE state <> 'PLACED') AS "copiesWanted"`,
);

const recent = new WeakMap<Granary, { figures: Promise<StorageFigures>; at: number }>();

/** What the stores hold, as of at most half a minute ago. */
export function storageFigures(granary: Granary): Promise<StorageFigures> {
  const known = recent.get(granary);
  if (known !== undefined && performance.now() - known.at < freshMs) {
    return known.figures;
  }
  const figures = countStorage(granary);
  recent.set(granary, { figures, at: performance.now() });
  // A failure is told to those who wait for it, and asked for anew by the next.
  figures.catch(() => recent.delete(granary));
  return figures;
}

async function countStorage({ database, store }: Granary): Promise<StorageFigures> {
  const [counted, [rest]] = await Promise.all([
    database.query<StoreFigures>(countStores),
    database.query<Omit<StorageFigures, 'stores' | 'at'>>(countRest),
  ]);
  const empty = { blobs: 0, contentBytes: 0, storedBytes: 0, copies: 0, copyBytes: 0 };
  const missing = store.stores.filter((name) => !counted.some((one) => one.name === name));
  const stores = [...counted, ...missing.map((name) => ({ name, ...empty }))];
  const others = rest ?? { writtenBytes: 0, damaged: 0, copiesWanted: 0 };
  return { stores: stores.sort((a, b) => (a.name < b.name ? -1 : 1)), ...others, at: new Date() };
}

/** For administrators: what the stores hold, as of at most half a minute ago. */
export async function getStorage(context: RequestContext): Promise<StorageFigures> {
  requireRole(context, 'ADMINISTRATOR');
  return storageFigures(context.granary);
}
