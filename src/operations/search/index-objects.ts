import { LRUCache } from 'lru-cache';
import { advisoryLocks } from '../../database/advisory-locks.js';
import { type Queryable, statement } from '../../database/database.js';
import type { Granary } from '../context.js';
import { EventHorizon } from '../events/event-horizon.js';
import { type IndexedVersion, type SearchDocument, searchDocument } from './search-document.js';

/** As many events, or objects of a walk, as one transaction looks at. */
const batchSize = 1000;

const takeTurn = statement('take_turn_indexing', 'SELECT pg_try_advisory_xact_lock($1) AS taken');
// What a crash undoes is done again from the same place: no commit has to wait for the disk.
const hurry = statement('hurry_indexing', 'SET LOCAL synchronous_commit = off');

const findPlace = statement(
  'find_search_place',
  `SELECT event_id AS "eventId", walk, walk_bucket_id AS "bucketId", walk_key AS key,
     words_forgotten AS "wordsForgotten" FROM search_place WHERE number = 1`,
);

// What there is already is walked over; events count from now on.
const beginPlace = statement(
  'begin_search_place',
  `INSERT INTO search_place (number, event_id, walk) VALUES (1, $1, 'OBJECTS') ON CONFLICT DO NOTHING`,
);

const moveOn = statement('move_search_place', 'UPDATE search_place SET event_id = $1 WHERE number = 1');

const walkOn = statement(
  'walk_search_place',
  `UPDATE search_place SET walk = $1, walk_bucket_id = $2, walk_key = $3,
     walked_at = CASE WHEN $1 = 'DONE' THEN now() ELSE walked_at END WHERE number = 1`,
);

const startWalk = statement(
  'start_search_walk',
  `UPDATE search_place SET walk = 'OBJECTS', walk_bucket_id = 0, walk_key = '' WHERE number = 1 AND walk = 'DONE'`,
);

const readEvents = statement(
  'read_events_to_index',
  `SELECT id, bucket_id AS "bucketId", CASE WHEN outcome = 'SUCCESS' THEN key END AS key FROM event
   WHERE id > $1 AND id <= $2 ORDER BY id LIMIT ${batchSize}`,
);

const walkObjects = statement(
  'walk_objects_to_index',
  `SELECT v.bucket_id AS "bucketId", v.key, s.version_id IS DISTINCT FROM v.id AS differs
   FROM object_version v LEFT JOIN search_entry s ON s.bucket_id = v.bucket_id AND s.key = v.key
   WHERE v.is_latest AND NOT v.delete_marker AND (v.bucket_id, v.key) > ($1::bigint, $2::text COLLATE "C")
   ORDER BY v.bucket_id, v.key LIMIT ${batchSize}`,
);

const walkEntries = statement(
  'walk_search_entries',
  `SELECT s.bucket_id AS "bucketId", s.key, v.id IS NULL AS differs
   FROM search_entry s LEFT JOIN object_version v
     ON v.bucket_id = s.bucket_id AND v.key = s.key AND v.is_latest AND NOT v.delete_marker
   WHERE (s.bucket_id, s.key) > ($1::bigint, $2::text COLLATE "C")
   ORDER BY s.bucket_id, s.key LIMIT ${batchSize}`,
);

const readVersions = statement(
  'read_versions_to_index',
  `SELECT v.id, b.tenant_id AS "tenantId", v.bucket_id AS "bucketId", v.key, v.size, v.content_type AS "contentType",
     v.metadata, v.tags, v.storage_class AS "storageClass", v.owner_id AS "ownerId"
   FROM unnest($1::bigint[], $2::text[]) AS p (bucket_id, key)
   JOIN object_version v ON v.bucket_id = p.bucket_id AND v.key = p.key AND v.is_latest AND NOT v.delete_marker
   JOIN bucket b ON b.id = v.bucket_id AND b.deleted_at IS NULL`,
);

const removeEntries = statement(
  'remove_search_entries',
  `DELETE FROM search_entry s USING unnest($1::bigint[], $2::text[]) AS p (bucket_id, key)
   WHERE s.bucket_id = p.bucket_id AND s.key = p.key
   RETURNING s.bucket_id AS "bucketId", s.kind, s.size`,
);

const insertEntries = statement(
  'insert_search_entries',
  `INSERT INTO search_entry (bucket_id, key, tenant_id, version_id, folded, size, created_at, kind, words, marks)
   SELECT v.bucket_id, v.key, d.tenant_id, v.id, d.folded, v.size, v.created_at, d.kind, d.words::tsvector, d.marks::bigint[]
   FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[])
     AS d (version_id, tenant_id, folded, kind, words, marks)
   JOIN object_version v ON v.id = d.version_id
   RETURNING bucket_id AS "bucketId", kind, size`,
);

const countFacts = statement(
  'count_search_facts',
  `INSERT INTO search_fact AS f (bucket_id, kind, objects, bytes)
   SELECT d.* FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[]) AS d (bucket_id, kind, objects, bytes)
   WHERE EXISTS (SELECT FROM bucket b WHERE b.id = d.bucket_id)
   ON CONFLICT (bucket_id, kind) DO UPDATE SET objects = f.objects + excluded.objects, bytes = f.bytes + excluded.bytes`,
);

const addWords = statement(
  'add_search_words',
  `INSERT INTO search_word (tenant_id, word, backwards) SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[])
   ON CONFLICT (tenant_id, word) DO NOTHING`,
);

interface Place {
  eventId: number;
  wordsForgotten: number;
  walk: 'OBJECTS' | 'ENTRIES' | 'DONE';
  bucketId: number;
  key: string;
}

interface KeyRef {
  bucketId: number;
  key: string;
}

interface Indexed {
  /** Objects that were looked at. */
  looked: number;
  /** There is more to do now. */
  isMore: boolean;
}

const nothing: Indexed = { looked: 0, isMore: false };

/**
 * Lets what search finds follow the objects. The place up to which events were looked at moves in the transaction that
 * writes what they ask for, so that none is left out; and what an entry says is read from the object's row, never from the
 * event, so that looking twice does no harm. Of all processes one at a time does it.
 */
export class ObjectIndexer {
  readonly #granary: Granary;
  readonly #horizon = new EventHorizon();
  /** Words that are in the database. */
  readonly #known = new LRUCache<string, true>({ max: 50_000 });
  /** How often words had been removed when they were. */
  #wordsForgotten: number | undefined;

  constructor(granary: Granary) {
    this.#granary = granary;
  }

  /** Looks at the next events, or walks on where there are none. */
  async run(): Promise<Indexed> {
    const { database } = this.#granary;
    const settled = await this.#horizon.advance(database);
    const isWaiting = this.#horizon.isWaiting;
    const [place] = await database.query<Place>(findPlace);
    if (place === undefined) {
      await database.query(beginPlace, [settled]);
      return { ...nothing, isMore: true };
    }
    if (place.eventId >= settled && place.walk === 'DONE') {
      return { ...nothing, isMore: isWaiting };
    }
    const words = new Set<string>();
    const done = await database.transaction(async (tx) => {
      words.clear();
      return this.#turn(tx, settled, words);
    });
    for (const word of words) {
      this.#known.set(word, true);
    }
    return { looked: done.looked, isMore: done.isMore || isWaiting };
  }

  async #turn(tx: Queryable, settled: number, words: Set<string>): Promise<Indexed> {
    const [turn] = await tx.query<{ taken: boolean }>(takeTurn, [advisoryLocks.search]);
    const [place] = turn?.taken === true ? await tx.query<Place>(findPlace) : [];
    if (place === undefined) {
      return nothing;
    }
    await tx.query(hurry);
    if (place.wordsForgotten !== this.#wordsForgotten) {
      this.#known.clear();
      this.#wordsForgotten = place.wordsForgotten;
    }
    const followed = place.eventId < settled ? await this.#followEvents(tx, { place, settled, words }) : nothing;
    if (followed.isMore || place.walk === 'DONE') {
      return followed;
    }
    const walked = await this.#walk(tx, { place, words });
    return { looked: followed.looked + walked.looked, isMore: walked.isMore };
  }

  async #followEvents(
    tx: Queryable,
    { place, settled, words }: { place: Place; settled: number; words: Set<string> },
  ): Promise<Indexed> {
    const events = await tx.query<{ id: number; bucketId: number | null; key: string | null }>(readEvents, [
      place.eventId,
      settled,
    ]);
    const refs = new Map<string, KeyRef>();
    for (const { bucketId, key } of events) {
      if (bucketId !== null && key !== null) {
        refs.set(`${bucketId}/${key}`, { bucketId, key });
      }
    }
    await this.#index(tx, [...refs.values()], words);
    const reached = events.length === batchSize ? (events.at(-1)?.id ?? settled) : settled;
    await tx.query(moveOn, [reached]);
    return { looked: refs.size, isMore: reached < settled };
  }

  async #walk(tx: Queryable, { place, words }: { place: Place; words: Set<string> }): Promise<Indexed> {
    const { walk, bucketId, key } = place;
    if (walk === 'DONE') {
      return nothing;
    }
    const found = await tx.query<KeyRef & { differs: boolean }>(walk === 'OBJECTS' ? walkObjects : walkEntries, [
      bucketId,
      key,
    ]);
    await this.#index(
      tx,
      found.filter(({ differs }) => differs),
      words,
    );
    const last = found.length === batchSize ? found.at(-1) : undefined;
    if (last !== undefined) {
      await tx.query(walkOn, [walk, last.bucketId, last.key]);
    } else {
      await tx.query(walkOn, [walk === 'OBJECTS' ? 'ENTRIES' : 'DONE', 0, '']);
    }
    return { looked: found.length, isMore: last !== undefined || walk === 'OBJECTS' };
  }

  /** Makes the entries of these keys what the objects are now. */
  async #index(tx: Queryable, refs: readonly KeyRef[], words: Set<string>): Promise<void> {
    if (refs.length === 0) {
      return;
    }
    const keys = [refs.map(({ bucketId }) => bucketId), refs.map(({ key }) => key)];
    const versions = await tx.query<IndexedVersion>(readVersions, keys);
    const documents = versions.map(searchDocument);
    const removed = await tx.query<Fact>(removeEntries, keys);
    // A version may be gone since it was read: only what has an entry counts.
    const added = versions.length > 0 ? await insert(tx, versions, documents) : [];
    await count(tx, { removed, added });
    await this.#addWords(tx, { versions, documents, words });
  }

  async #addWords(
    tx: Queryable,
    { versions, documents, words }: { versions: IndexedVersion[]; documents: SearchDocument[]; words: Set<string> },
  ): Promise<void> {
    const fresh = new Map<string, { tenantId: number; word: string }>();
    for (const [index, { vocabulary }] of documents.entries()) {
      const tenantId = versions[index]?.tenantId ?? 0;
      for (const word of vocabulary) {
        const name = `${tenantId} ${word}`;
        if (!this.#known.has(name)) {
          fresh.set(name, { tenantId, word });
        }
      }
    }
    if (fresh.size > 0) {
      const rows = [...fresh.values()];
      await tx.query(addWords, [
        rows.map(({ tenantId }) => tenantId),
        rows.map(({ word }) => word),
        rows.map(({ word }) => backwards(word)),
      ]);
    }
    for (const name of fresh.keys()) {
      words.add(name);
    }
  }
}

/** Looks at everything once more, from the first object on, while what is there is used. */
export async function recheckSearch({ database }: Granary): Promise<void> {
  await database.query(startWalk);
}

/** A word from its end to its beginning. */
export function backwards(word: string): string {
  return Array.from(word).reverse().join('');
}

interface Fact {
  bucketId: number;
  kind: string;
  size: number;
}

async function insert(tx: Queryable, versions: IndexedVersion[], documents: SearchDocument[]): Promise<Fact[]> {
  return tx.query<Fact>(insertEntries, [
    versions.map(({ id }) => id),
    versions.map(({ tenantId }) => tenantId),
    documents.map(({ folded }) => folded),
    documents.map(({ kind }) => kind),
    documents.map(({ words }) => words),
    documents.map(({ marks }) => marks),
  ]);
}

/** Counts what came and what went, by bucket and kind. */
async function count(tx: Queryable, { removed, added }: { removed: Fact[]; added: Fact[] }): Promise<void> {
  const sums = new Map<string, Fact & { objects: number }>();
  const add = ({ bucketId, kind, size }: Fact, sign: 1 | -1): void => {
    const name = `${bucketId} ${kind}`;
    const sum = sums.get(name) ?? { bucketId, kind, objects: 0, size: 0 };
    sums.set(name, { ...sum, objects: sum.objects + sign, size: sum.size + sign * size });
  };
  for (const one of removed) {
    add(one, -1);
  }
  for (const one of added) {
    add(one, 1);
  }
  const changed = [...sums.values()].filter(({ objects, size }) => objects !== 0 || size !== 0);
  if (changed.length > 0) {
    await tx.query(countFacts, [
      changed.map(({ bucketId }) => bucketId),
      changed.map(({ kind }) => kind),
      changed.map(({ objects }) => objects),
      changed.map(({ size }) => size),
    ]);
  }
}
