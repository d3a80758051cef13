import { type Queryable, statement } from '../../database/database.js';
import type { RateLimitStore, WindowHits, WindowTotals } from './rate-limit-store.js';

// In one order everywhere, so that two processes never wait for each other's rows.
const addHits = statement(
  'add_rate_limit_hits',
  `WITH sent AS (
     SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[]) AS s(subject, window_start, window_ms, hits)
   ), added AS (
     INSERT INTO rate_limit AS r (subject, window_start, hits, expires_at)
     SELECT s.subject, s.window_start, s.hits, now() + make_interval(secs => 2 * s.window_ms / 1000.0)
     FROM sent s ORDER BY s.subject, s.window_start
     ON CONFLICT (subject, window_start) DO UPDATE SET hits = r.hits + excluded.hits
     RETURNING r.subject, r.window_start, r.hits
   )
   SELECT a.subject, a.window_start AS "windowStart", a.hits, COALESCE(p.hits, 0)::bigint AS previous
   FROM added a JOIN sent s ON s.subject = a.subject AND s.window_start = a.window_start
     LEFT JOIN rate_limit p ON p.subject = a.subject AND p.window_start = a.window_start - s.window_ms`,
);

const forgetExpired = statement(
  'forget_expired_rate_limits',
  `DELETE FROM rate_limit WHERE (subject, window_start) IN (
     SELECT r.subject, r.window_start FROM rate_limit r WHERE r.expires_at < now() LIMIT 10000 FOR UPDATE SKIP LOCKED)`,
);

const forgetEveryMs = 30_000;

/** Counts in an unlogged table: no flush of the log waits for it, and a crash of PostgreSQL empties it. */
export class PostgresRateLimitStore implements RateLimitStore {
  readonly #database: Queryable;
  #forgottenAt = performance.now();

  constructor(database: Queryable) {
    this.#database = database;
  }

  async add(windows: readonly WindowHits[]): Promise<WindowTotals[]> {
    const rows = await this.#database.query<WindowTotals & { subject: string; windowStart: number }>(addHits, [
      windows.map((window) => window.subject),
      windows.map((window) => window.windowStart),
      windows.map((window) => window.windowMs),
      windows.map((window) => window.hits),
    ]);
    await this.#forget();
    const totals = new Map(
      rows.map(({ subject, windowStart, hits, previous }) => [`${windowStart} ${subject}`, { hits, previous }]),
    );
    return windows.map((w) => totals.get(`${w.windowStart} ${w.subject}`) ?? { hits: w.hits, previous: 0 });
  }

  async close(): Promise<void> {
    // The database is closed by whoever opened it.
  }

  async #forget(): Promise<void> {
    if (performance.now() - this.#forgottenAt > forgetEveryMs) {
      this.#forgottenAt = performance.now();
      await this.#database.query(forgetExpired, []);
    }
  }
}
