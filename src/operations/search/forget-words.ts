import { setTimeout as delay } from 'node:timers/promises';
import { advisoryLocks } from '../../database/advisory-locks.js';
import { type Queryable, statement } from '../../database/database.js';
import type { Granary } from '../context.js';
import { lexemeOf } from './search-document.js';

/** Words that are looked up at once. */
const batchSize = 500;

const listWords = statement(
  'list_search_words',
  `SELECT tenant_id AS "tenantId", word FROM search_word WHERE (tenant_id, word) > ($1::bigint, $2::text COLLATE "C")
   ORDER BY tenant_id, word LIMIT ${batchSize}`,
);

// Without it a word that no entry has might be looked for in all of them.
const useIndex = statement('use_index_to_forget_words', 'SET LOCAL enable_seqscan = off');

const findUnused = statement(
  'find_unused_search_words',
  `SELECT w.tenant_id AS "tenantId", w.word FROM unnest($1::bigint[], $2::text[], $3::text[]) AS w (tenant_id, word, lexeme)
   WHERE NOT EXISTS (SELECT FROM search_entry s WHERE s.words @@ w.lexeme::tsquery)`,
);

const waitForTurn = statement('wait_to_forget_search_words', 'SELECT pg_advisory_xact_lock($1)');

const removeWords = statement(
  'remove_search_words',
  `DELETE FROM search_word w USING unnest($1::bigint[], $2::text[]) AS d (tenant_id, word)
   WHERE w.tenant_id = d.tenant_id AND w.word = d.word`,
);

/** Whoever remembers which words are in the database has to forget them. */
const tellIndexers = statement(
  'tell_of_forgotten_words',
  'UPDATE search_place SET words_forgotten = words_forgotten + 1 WHERE number = 1',
);

interface Word {
  tenantId: number;
  word: string;
}

export interface ForgottenWords {
  looked: number;
  forgotten: number;
}

/**
 * Removes the words that no object has any more, batch by batch, resting for as long as each took. Words without an entry
 * are looked for beside the indexing; only those that are found are looked at once more in its place, when nothing is
 * being indexed, so that a word that came back meanwhile stays.
 */
export async function forgetWords(
  { database }: Granary,
  { signal }: { signal?: AbortSignal } = {},
): Promise<ForgottenWords> {
  const sum = { looked: 0, forgotten: 0 };
  let place: Word = { tenantId: 0, word: '' };
  while (signal?.aborted !== true) {
    const started = performance.now();
    const words = await database.query<Word>(listWords, [place.tenantId, place.word]);
    const unused = await database.transaction((tx) => unusedAmong(tx, words));
    if (unused.length > 0) {
      sum.forgotten += await database.transaction((tx) => remove(tx, unused));
    }
    sum.looked += words.length;
    const last = words.at(-1);
    if (last === undefined || words.length < batchSize) {
      break;
    }
    place = last;
    await delay(performance.now() - started, undefined, { signal }).catch(() => undefined);
  }
  return sum;
}

async function unusedAmong(tx: Queryable, words: readonly Word[]): Promise<Word[]> {
  if (words.length === 0) {
    return [];
  }
  await tx.query(useIndex);
  return tx.query<Word>(findUnused, [...columnsOf(words), words.map(({ tenantId, word }) => lexemeOf(tenantId, word))]);
}

async function remove(tx: Queryable, candidates: readonly Word[]): Promise<number> {
  await tx.query(waitForTurn, [advisoryLocks.search]);
  const unused = await unusedAmong(tx, candidates);
  if (unused.length > 0) {
    await tx.query(removeWords, columnsOf(unused));
    await tx.query(tellIndexers);
  }
  return unused.length;
}

function columnsOf(words: readonly Word[]): [tenantIds: number[], words: string[]] {
  return [words.map(({ tenantId }) => tenantId), words.map(({ word }) => word)];
}
