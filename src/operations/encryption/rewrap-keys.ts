import { type Queryable, statement } from '../../database/database.js';
import { isGranaryError } from '../../errors.js';
import type { Granary } from '../context.js';
import { type SealedColumn, sealedColumns } from './sealed-columns.js';

/** What one run of {@link rewrapKeys} did. */
export interface RewrappedKeys {
  /** Data keys of blobs. */
  dataKeys: number;
  /** Secrets of access keys, signing keys, named encryption keys, replication targets and OpenID providers. */
  secrets: number;
  /** Rows that did not open, because their key is not here or they were changed: they were left as they are. */
  unopened: number;
}

export interface RewrapOptions {
  /** Told after each batch. */
  onProgress?: (soFar: RewrappedKeys) => void;
}

type Keys = Pick<Granary, 'database' | 'masterKeys' | 'dataKeys' | 'secretBox'>;

interface Batch {
  replaced: number;
  unopened: number;
  /** The last row that was looked at; undefined when there are no more. */
  last: string | undefined;
}

const batchSize = 500;

/** Blobs' rows that one batch looks at. */
const stretchSize = 2_000;

/** Rows that were committed behind a pass are found by the next one; this many find all that were under way. */
const mostPasses = 10;

const firstBlob = '00000000-0000-0000-0000-000000000000';

/** How far so many rows go, whatever they hold: where few need work, one statement must not walk the whole table. */
const findStretch = statement(
  'find_stretch_of_blobs',
  `SELECT count(*) AS rows, max(b.id::text COLLATE "C") AS last
   FROM (SELECT id FROM blob WHERE id > $1::uuid ORDER BY id LIMIT ${stretchSize}) b`,
);

const findOlder = statement(
  'find_older_data_keys',
  `SELECT id, wrapped_key AS "wrappedKey" FROM blob
   WHERE id > $2::uuid AND id <= $3::uuid AND state <> 'dead'
     AND get_byte(wrapped_key, 1) = 1 AND substring(wrapped_key FROM 3 FOR 4) <> $1`,
);

const replaceWrapped = statement(
  'replace_wrapped_keys',
  `UPDATE blob b SET wrapped_key = n.fresh
   FROM unnest($1::uuid[], $2::bytea[], $3::bytea[]) AS n (id, known, fresh)
   WHERE b.id = n.id AND b.wrapped_key = n.known RETURNING b.id`,
);

/**
 * Seals everything that an older master key sealed with the current one, while others read and write. It may be killed
 * at any point and run again: a row changes only from what was read, and either opens with a key that is kept.
 */
export async function rewrapKeys(keys: Keys, options: RewrapOptions = {}): Promise<RewrappedKeys> {
  const total: RewrappedKeys = { dataKeys: 0, secrets: 0, unopened: 0 };
  const report = () => options.onProgress?.({ ...total });
  for (let pass = 1; pass <= mostPasses; pass += 1) {
    const before = total.dataKeys + total.secrets;
    total.unopened = 0;
    for (const column of sealedColumns) {
      await inBatches(
        '',
        (last) => rewrapSecrets(keys, column, last),
        (batch) => {
          total.secrets += batch.replaced;
          total.unopened += batch.unopened;
          report();
        },
      );
    }
    await inBatches(
      firstBlob,
      (last) => rewrapDataKeys(keys, last),
      (batch) => {
        total.dataKeys += batch.replaced;
        total.unopened += batch.unopened;
        report();
      },
    );
    if (total.dataKeys + total.secrets === before) {
      break;
    }
  }
  return total;
}

async function inBatches(
  first: string,
  run: (last: string) => Promise<Batch>,
  onBatch: (batch: Batch) => void,
): Promise<void> {
  for (let last: string | undefined = first; last !== undefined; ) {
    const batch: Batch = await run(last);
    onBatch(batch);
    last = batch.last;
  }
}

async function rewrapDataKeys(keys: Keys, last: string): Promise<Batch> {
  const { database, masterKeys, dataKeys } = keys;
  const [stretch] = await database.query<{ rows: number; last: string | null }>(findStretch, [last]);
  if (stretch === undefined || stretch.last === null) {
    return { replaced: 0, unopened: 0, last: undefined };
  }
  const values = [masterKeys.current.id, last, stretch.last];
  const rows = await database.query<{ id: string; wrappedKey: Buffer }>(findOlder, values);
  const fresh = rows.flatMap(({ id, wrappedKey }) => {
    const wrapped = unlessBroken(() =>
      dataKeys.wrap(dataKeys.unwrap(wrappedKey, { kind: 'master' }), { kind: 'master' }),
    );
    return wrapped === undefined ? [] : [{ id, known: wrappedKey, wrapped }];
  });
  const changes = [fresh.map((row) => row.id), fresh.map((row) => row.known), fresh.map((row) => row.wrapped)];
  const replaced =
    fresh.length === 0 ? [] : await database.transaction((tx: Queryable) => tx.query(replaceWrapped, changes));
  const next = stretch.rows < stretchSize ? undefined : stretch.last;
  return { replaced: replaced.length, unopened: rows.length - fresh.length, last: next };
}

async function rewrapSecrets(keys: Keys, column: SealedColumn, last: string): Promise<Batch> {
  const { database, masterKeys, secretBox } = keys;
  const rows = await database.query<{ id: string; sealed: Buffer }>(column.findOlder, [
    masterKeys.current.id,
    last,
    batchSize,
  ]);
  const batch: Batch = { replaced: 0, unopened: 0, last: nextOf(rows) };
  for (const { id, sealed } of rows) {
    const context = column.context(id);
    const fresh = unlessBroken(() => secretBox.seal(secretBox.openBytes(sealed, context), context));
    if (fresh === undefined) {
      batch.unopened += 1;
    } else {
      batch.replaced += (await database.query(column.replace, [id, sealed, fresh])).length;
    }
  }
  return batch;
}

function nextOf(rows: { id: string }[]): string | undefined {
  return rows.length < batchSize ? undefined : rows.at(-1)?.id;
}

function unlessBroken(seal: () => Buffer): Buffer | undefined {
  try {
    return seal();
  } catch (error) {
    if (isGranaryError(error, 'Internal') && (error.reason === 'SealBroken' || error.reason === 'WrappedKeyBroken')) {
      return undefined;
    }
    throw error;
  }
}
