import { type Queryable, statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';

/** What is counted together, how many failures are free, and how long a wait grows at most. */
export interface Subject {
  /** Keyed: a plain digest of what people type can be guessed. */
  digest: Buffer;
  free: number;
  longestSeconds: number;
}

/** Failures older than this are not counted on. */
export const memorySeconds = 24 * 60 * 60;

const failures = `CASE WHEN t.last_failed_at < now() - make_interval(secs => ${memorySeconds}) THEN 1
                  ELSE LEAST(t.failures, 1000000) + 1 END`;

/** One after the other, however many come at once: whoever meets a wait that another has just begun changes nothing. */
const countAttempt = statement(
  'count_attempt',
  `INSERT INTO sign_in_throttle AS t (subject, failures, last_failed_at) VALUES ($1, 1, now())
   ON CONFLICT (subject) DO UPDATE SET failures = ${failures}, last_failed_at = now(),
     blocked_until = CASE WHEN ${failures} >= $2::int
       THEN now() + make_interval(secs => LEAST($3::float8, 2 ^ LEAST(${failures} - $2::int, 30))) END
   WHERE t.blocked_until IS NULL OR t.blocked_until <= now() RETURNING 1`,
);
const findWait = statement(
  'find_attempt_wait',
  `SELECT EXTRACT(EPOCH FROM blocked_until - now())::float8 AS seconds FROM sign_in_throttle WHERE subject = $1`,
);
const deleteAttempts = statement('delete_attempts', 'DELETE FROM sign_in_throttle WHERE subject = ANY ($1::bytea[])');

/**
 * Counts an attempt before it is made, so that those that come at once are no more than those that come one by one; it
 * is forgotten when it succeeds. Throws `RateLimited` while there is a wait after too many.
 */
export async function admitAttempt(database: Queryable, subjects: readonly Subject[]): Promise<void> {
  for (const { digest, free, longestSeconds } of subjects) {
    const counted = await database.query(countAttempt, [digest, free, longestSeconds]);
    if (counted.length === 0) {
      const [wait] = await database.query<{ seconds: number | null }>(findWait, [digest]);
      const retryAfter = Math.max(1, Math.ceil(wait?.seconds ?? 1));
      throw new GranaryError('RateLimited', `Too many failed attempts. Try again in ${retryAfter} s.`, {
        reason: 'TooManyAttempts',
        data: { retryAfter },
      });
    }
  }
}

export async function forgetAttempts(database: Queryable, subjects: readonly Subject[]): Promise<void> {
  await database.query(deleteAttempts, [subjects.map(({ digest }) => digest)]);
}
