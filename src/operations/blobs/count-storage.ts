import { type Queryable, statement } from '../../database/database.js';

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

const pageSize = 20_000;

const countBlobs = statement(
  'count_page_of_blobs',
  `SELECT CASE WHEN state = 'live' THEN COALESCE(split_part(path, '/', 1), 'row') END AS name, count(*) AS blobs,
     sum(size)::bigint AS "contentBytes", sum(stored_size)::bigint AS "storedBytes",
     count(*) FILTER (WHERE damage IS NOT NULL) AS damaged, max(id::text COLLATE "C") AS last
   FROM (SELECT id, state, path, size, stored_size, damage FROM blob WHERE id > $1::uuid ORDER BY id LIMIT ${pageSize}) b
   GROUP BY 1`,
);

const countCopies = statement(
  'count_copies_of_page',
  `SELECT c.store AS name, count(*) FILTER (WHERE c.state = 'PLACED' AND b.state = 'live') AS copies,
     COALESCE(sum(b.stored_size) FILTER (WHERE c.state = 'PLACED' AND b.state = 'live'), 0)::bigint AS "copyBytes",
     count(*) FILTER (WHERE c.state <> 'PLACED') AS wanted
   FROM blob_copy c JOIN blob b ON b.id = c.blob_id WHERE c.blob_id > $1::uuid AND c.blob_id <= $2::uuid GROUP BY 1`,
);

const countWritten = statement(
  'count_written_bytes',
  'SELECT COALESCE(sum(s.bytes), 0)::bigint AS bytes FROM bucket_usage s',
);

interface CountedBlobs {
  /** Null for what is not live. */
  name: string | null;
  blobs: number;
  contentBytes: number;
  storedBytes: number;
  damaged: number;
  last: string;
}

interface CountedCopies {
  name: string;
  copies: number;
  copyBytes: number;
  wanted: number;
}

/** Counts what the named stores, and others that rows name, hold: page by page, as one statement would take too long. */
export async function countStorage(database: Queryable, names: readonly string[]): Promise<StorageFigures> {
  const figures: StorageFigures = { stores: [], writtenBytes: 0, damaged: 0, copiesWanted: 0, at: new Date() };
  for (const name of names) {
    storeNamed(figures, name);
  }
  let after = '00000000-0000-0000-0000-000000000000';
  for (let walked = pageSize; walked === pageSize; ) {
    const page: CountedBlobs[] = await database.query<CountedBlobs>(countBlobs, [after]);
    const last =
      page
        .map((row) => row.last)
        .sort()
        .at(-1) ?? after;
    addBlobs(figures, page);
    addCopies(figures, await database.query<CountedCopies>(countCopies, [after, last]));
    walked = page.reduce((sum, { blobs }) => sum + blobs, 0);
    after = last;
  }
  const [written] = await database.query<{ bytes: number }>(countWritten);
  const stores = figures.stores.sort((a, b) => (a.name < b.name ? -1 : 1));
  return { ...figures, stores, writtenBytes: written?.bytes ?? 0 };
}

function storeNamed({ stores }: StorageFigures, name: string): StoreFigures {
  const known = stores.find((store) => store.name === name);
  if (known !== undefined) {
    return known;
  }
  const made = { name, blobs: 0, contentBytes: 0, storedBytes: 0, copies: 0, copyBytes: 0 };
  stores.push(made);
  return made;
}

function addBlobs(figures: StorageFigures, page: CountedBlobs[]): void {
  for (const { name, blobs, contentBytes, storedBytes, damaged } of page) {
    if (name !== null) {
      const store = storeNamed(figures, name);
      store.blobs += blobs;
      store.contentBytes += contentBytes;
      store.storedBytes += storedBytes;
      figures.damaged += damaged;
    }
  }
}

function addCopies(figures: StorageFigures, page: CountedCopies[]): void {
  for (const { name, copies, copyBytes, wanted } of page) {
    figures.copiesWanted += wanted;
    if (copies > 0) {
      const store = storeNamed(figures, name);
      store.copies += copies;
      store.copyBytes += copyBytes;
    }
  }
}
