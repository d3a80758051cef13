import { type Queryable, statement } from '../database/database.js';
import type { Granary } from './context.js';
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

// What is dead is never opened again. 1 in the second byte: wrapped with a master key, not with another kind of key.
const countWrapped = statement(
  'count_keys_of_blob',
  `SELECT encode(substring(wrapped_key FROM 3 FOR 4), 'hex') AS "keyId", count(*) AS rows FROM blob
   WHERE get_byte(wrapped_key, 1) = 1 AND state <> 'dead' GROUP BY 1`,
);

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
  for (const count of [countWrapped, ...sealedColumns.map((column) => column.count)]) {
    for (const { keyId, rows } of await database.query<Count>(count)) {
      sums.set(keyId, (sums.get(keyId) ?? 0) + rows);
    }
  }
  return sums;
}
