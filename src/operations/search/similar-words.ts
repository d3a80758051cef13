import { type Queryable, statement } from '../../database/database.js';
import { backwards } from './index-objects.js';

/** As many words as are compared, and as many as are taken. */
const mostCompared = 2000;
const mostTaken = 20;

// A word with one slip has one half right: its beginning or its end.
const findCandidates = statement(
  'find_similar_words',
  `(SELECT word FROM search_word WHERE tenant_id = $1 AND word >= $2 AND word <= prefix_end($2) LIMIT ${mostCompared})
   UNION (SELECT word FROM search_word WHERE tenant_id = $1 AND backwards >= $3 AND backwards <= prefix_end($3)
     LIMIT ${mostCompared})`,
);

/** Words of a tenant's objects that differ from this one by a slip, by two in a long word; the most similar first. */
export async function similarWords(database: Queryable, tenantId: number, word: string): Promise<string[]> {
  const letters = Array.from(word);
  const half = Math.floor(letters.length / 2);
  const rows = await database.query<{ word: string }>(findCandidates, [
    tenantId,
    letters.slice(0, half).join(''),
    // Without the letter in the middle, which may have been swapped with the one before it.
    backwards(letters.slice(letters.length < 6 ? half : half + 1).join('')),
  ]);
  const slips = letters.length >= 8 ? 2 : 1;
  return rows
    .map((row) => ({ word: row.word, distance: distanceOf(letters, Array.from(row.word), slips) }))
    .filter(({ distance }) => distance > 0 && distance <= slips)
    .sort((a, b) => a.distance - b.distance || (a.word < b.word ? -1 : 1))
    .slice(0, mostTaken)
    .map((found) => found.word);
}

/**
 * How many letters were changed, left out, put in, or swapped with the next; some number above `limit` where it is more.
 * https://en.wikipedia.org/wiki/Damerau%E2%80%93Levenshtein_distance
 */
function distanceOf(left: readonly string[], right: readonly string[], limit: number): number {
  if (Math.abs(left.length - right.length) > limit) {
    return limit + 1;
  }
  let older: number[] = [];
  let old = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i++) {
    const row = [i];
    for (let j = 1; j <= right.length; j++) {
      const changed = (old[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1);
      const isSwap = left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1] && i > 1 && j > 1;
      const swapped = isSwap ? (older[j - 2] ?? 0) + 1 : changed;
      row.push(Math.min(changed, swapped, (old[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    [older, old] = [old, row];
  }
  return old[right.length] ?? 0;
}
