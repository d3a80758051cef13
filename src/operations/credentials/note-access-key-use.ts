import { LRUCache } from 'lru-cache';
import type { UserCaller } from '../../auth/caller.js';
import { statement } from '../../database/database.js';
import type { Granary } from '../context.js';

const INTERVAL_SECONDS = 60;

const markUsed = statement(
  'mark_access_key_used',
  `UPDATE access_key SET last_used_at = now()
   WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < now() - make_interval(secs => ${INTERVAL_SECONDS}))`,
);

/** The keys that were noted lately, of each database that this process works with. */
const noted = new WeakMap<Granary, LRUCache<string, true>>();

/** Notes that the caller's access key was used, once a minute at most. Nobody waits for it, and a request does not fail by it. */
export function noteAccessKeyUse(granary: Granary, { accessKeyId, isTemporary }: UserCaller): void {
  if (accessKeyId === undefined || isTemporary) {
    return;
  }
  const lately = noted.get(granary) ?? new LRUCache<string, true>({ max: 10_000, ttl: INTERVAL_SECONDS * 1000 });
  noted.set(granary, lately);
  if (lately.has(accessKeyId)) {
    return;
  }
  lately.set(accessKeyId, true);
  granary.database.query(markUsed, [accessKeyId]).catch((error: unknown) => {
    granary.log.warn({ error }, 'The use of an access key could not be noted');
  });
}
