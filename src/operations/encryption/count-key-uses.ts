import { type Queryable, statement } from '../../database/database.js';
import type { Granary } from '../context.js';
import { sealedColumns } from './sealed-columns.js';

/** A master key that this process has, or that rows need. */
export interface MasterKeyUse {
  /** Hexadecimal. */
  id: string;
  /** `current` seals what is new, `older` opens what it sealed; `missing`: only rows know of it. */
  state: 'current' | 'older' | 'missing';
  /** How many rows are sealed or wrapped with it. */
  rows: number;
}

interface Count {
  keyId: string;
  rows: number;
}

const pageSize = 50_000;

// What is dead is never opened again. 1 in the second byte: wrapped with a master key, not with another kind of key.
const countWrapped = statement(
  'count_keys_of_blob',
  `SELECT CASE WHEN state <> 'dead' AND get_byte(wrapped_key, 1) = 1
       THEN encode(substring(wrapped_key FROM 3 FOR 4), 'hex') END AS "keyId",
     count(*) AS rows, max(b.id::text COLLATE "C") AS last
   FROM (SELECT id, state, wrapped_key FROM blob WHERE id > $1::uuid ORDER BY id LIMIT ${pageSize}) b GROUP BY 1`,
);

interface CountedPage {
  /** Null for what needs no master key. */
  keyId: string | null;
  rows: number;
  last: string;
}

/** Reads all blob rows once: it takes a while where there are many. */
export async function countKeyUses(granary: Pick<Granary, 'database' | 'masterKeys'>): Promise<MasterKeyUse[]> {
  const { current, all } = granary.masterKeys;
  const rows = await countRows(granary.database);
  const known = all.map((key) => key.id.toString('hex'));
  const missing = [...rows.keys()].filter((id) => !known.includes(id)).sort();
  return [...known, ...missing].map((id) => ({
    id,
    state: id === current.id.toString('hex') ? 'current' : known.includes(id) ? 'older' : 'missing',
    rows: rows.get(id) ?? 0,
  }));
}

async function countRows(database: Queryable): Promise<Map<string, number>> {
  const sums = new Map<string, number>();
  const add = ({ keyId, rows }: Count) => sums.set(keyId, (sums.get(keyId) ?? 0) + rows);
  for await (const count of countsOfBlobs(database)) {
    add(count);
  }
  for (const column of sealedColumns) {
    (await database.query<Count>(column.count)).forEach(add);
  }
  return sums;
}

/** By pages: one statement over all rows would take longer than a statement may. */
async function* countsOfBlobs(database: Queryable): AsyncGenerator<Count> {
  let after = '00000000-0000-0000-0000-000000000000';
  for (let walked = pageSize; walked === pageSize; ) {
    const page: CountedPage[] = await database.query<CountedPage>(countWrapped, [after]);
    yield* page.flatMap(({ keyId, rows }) => (keyId === null ? [] : [{ keyId, rows }]));
    walked = page.reduce((sum, { rows }) => sum + rows, 0);
    after =
      page
        .map(({ last }) => last)
        .sort()
        .at(-1) ?? after;
  }
}
