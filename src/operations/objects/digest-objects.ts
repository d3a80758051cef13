import { LRUCache } from 'lru-cache';
import { statement } from '../../database/database.js';
import { isGranaryError } from '../../errors.js';
import type { Granary } from '../context.js';
import { digestVersion } from './object-sha256.js';

const batchSize = 500;

/** After the first failure with an object; each one after it waits twice as long. */
const firstPauseMs = 5 * 60_000;

const longestPauseMs = 6 * 60 * 60_000;

/** What only a customer's key opens is told apart here and not by the statement, which so has bounded work. */
const findUndigested = statement(
  'list_undigested',
  `SELECT v.id, v.bucket_id AS "bucketId", v.encryption->>'algorithm' AS encryption FROM object_version v
   WHERE v.sha256 IS NULL AND v.part_count > 0 AND v.state = 'COMMITTED' AND v.id > $1
   ORDER BY v.id LIMIT $2`,
);

interface Undigested {
  id: number;
  bucketId: number;
  encryption: string | null;
}

interface Failures {
  count: number;
  /** By a clock that does not jump. */
  nextAt: number;
}

/** Of objects that could not be read: those under a disabled key, damaged ones, those in a store that does not answer. */
const failures = new WeakMap<Granary, LRUCache<number, Failures>>();

/**
 * Computes the SHA-256 of objects that were put together from parts, one after the other. What cannot be read is tried
 * again later and later; what only a customer's key opens is left alone. Returns how many.
 */
export async function digestObjects(granary: Granary): Promise<number> {
  let digested = 0;
  let last = 0;
  for (;;) {
    const batch = await granary.database.query<Undigested>(findUndigested, [last, batchSize]);
    for (const version of batch) {
      digested += isDue(granary, version) ? await digestOne(granary, version) : 0;
      last = version.id;
    }
    if (batch.length < batchSize) {
      return digested;
    }
  }
}

function isDue(granary: Granary, { id, encryption }: Undigested): boolean {
  return encryption !== 'SSE-C' && performance.now() >= (failuresOf(granary).get(id)?.nextAt ?? 0);
}

/** One object that cannot be read must not keep the others waiting. */
async function digestOne(granary: Granary, version: Undigested): Promise<0 | 1> {
  const failed = failuresOf(granary);
  try {
    await digestVersion(granary, version);
    failed.delete(version.id);
    return 1;
  } catch (error) {
    const count = (failed.get(version.id)?.count ?? 0) + 1;
    const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(count - 1, 10));
    failed.set(version.id, { count, nextAt: performance.now() + pauseMs });
    const reason = isGranaryError(error) ? error.reason : error;
    granary.log.error({ version: version.id, reason }, 'An object could not be read to compute its digest');
    return 0;
  }
}

function failuresOf(granary: Granary): LRUCache<number, Failures> {
  const known = failures.get(granary) ?? new LRUCache<number, Failures>({ max: 10_000 });
  failures.set(granary, known);
  return known;
}
