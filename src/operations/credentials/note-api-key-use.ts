import { LRUCache } from 'lru-cache';
import { statement } from '../../database/database.js';
import type { Granary } from '../context.js';

const INTERVAL_SECONDS = 60;

const markUsed = statement(
  'mark_api_key_used',
  `UPDATE api_key SET last_used_at = now()
   WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < now() - make_interval(secs => ${INTERVAL_SECONDS}))`,
);

/** The keys that were noted lately, of each database that this process works with. */
const noted = new WeakMap<Granary, LRUCache<string, true>>();

/** Notes that an API key was used, once a minute at most. Nobody waits for it, and a request does not fail by it. */
export function noteApiKeyUse(granary: Granary, keyId: string): void {
  const lately = noted.get(granary) ?? new LRUCache<string, true>({ max: 10_000, ttl: INTERVAL_SECONDS * 1000 });
  noted.set(granary, lately);
  if (lately.has(keyId)) {
    return;
  }
  lately.set(keyId, true);
  granary.database.query(markUsed, [keyId]).catch((error: unknown) => {
    granary.log.warn({ error }, 'The use of an API key could not be noted');
  });
}
