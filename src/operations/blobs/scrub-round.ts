import { advisoryLocks } from '../../database/advisory-locks.js';
import { type Queryable, statement } from '../../database/database.js';
import type { Granary } from '../context.js';

/** One reading of every blob. */
export interface ScrubRoundState {
  id: number;
  startedAt: Date;
  updatedAt: Date;
  finishedAt: Date | null;
  /** Everything up to here is done. */
  lastBlobId: string | null;
  blobs: number;
  /** Stored bytes that were read, those of copies included. */
  bytes: number;
  corrupt: number;
  missing: number;
  repaired: number;
}

/** What a round has done since its place was last written down. */
export type ScrubStep = Pick<ScrubRoundState, 'blobs' | 'bytes' | 'corrupt' | 'missing' | 'repaired'>;

const columns = `
  id, started_at AS "startedAt", updated_at AS "updatedAt", finished_at AS "finishedAt", last_blob_id AS "lastBlobId",
  blobs, bytes, corrupt, missing, repaired`;

const findLast = statement('last_scrub_round', `SELECT ${columns} FROM scrub_round ORDER BY id DESC LIMIT 1`);

const lockRounds = statement('lock_scrub_rounds', 'SELECT pg_advisory_xact_lock($1)');

const isDue = statement(
  'is_scrub_due',
  `SELECT NOT EXISTS (SELECT FROM scrub_round WHERE started_at > now() - make_interval(secs => $1)) AS due`,
);

const openNew = statement('open_scrub_round', `INSERT INTO scrub_round DEFAULT VALUES RETURNING ${columns}`);

const moveOn = statement(
  'move_scrub_round',
  `UPDATE scrub_round SET updated_at = now(), last_blob_id = $3, blobs = blobs + $4, bytes = bytes + $5,
     corrupt = corrupt + $6, missing = missing + $7, repaired = repaired + $8
   WHERE id = $1 AND finished_at IS NULL AND last_blob_id IS NOT DISTINCT FROM $2::uuid RETURNING id`,
);

const finish = statement(
  'finish_scrub_round',
  `UPDATE scrub_round SET updated_at = now(), finished_at = now()
   WHERE id = $1 AND finished_at IS NULL AND last_blob_id IS NOT DISTINCT FROM $2::uuid RETURNING id`,
);

/** The round that is open, else the last one that was; null before the first. */
export async function lastScrubRound(database: Queryable): Promise<ScrubRoundState | null> {
  const [round] = await database.query<ScrubRoundState>(findLast);
  return round ?? null;
}

/**
 * The open round, or a new one: when `now`, at once; when `if due`, after the interval of the settings. What is to be
 * written with a new one is, in its transaction.
 */
export async function openScrubRound(
  granary: Granary,
  when: 'now' | 'if due',
  onOpened: (tx: Queryable, round: ScrubRoundState) => Promise<void> = async () => undefined,
): Promise<ScrubRoundState | null> {
  return granary.database.transaction(async (tx) => {
    await tx.query(lockRounds, [advisoryLocks.scrub]);
    const last = await lastScrubRound(tx);
    if (last !== null && last.finishedAt === null) {
      return last;
    }
    if (when === 'if due' && !(await isRoundDue(tx, granary.settings.scrubIntervalSeconds))) {
      return null;
    }
    const [opened] = await tx.query<ScrubRoundState>(openNew);
    if (opened === undefined) {
      return null;
    }
    await onOpened(tx, opened);
    return opened;
  });
}

async function isRoundDue(tx: Queryable, intervalSeconds: number): Promise<boolean> {
  if (intervalSeconds === 0) {
    return false;
  }
  const [row] = await tx.query<{ due: boolean }>(isDue, [intervalSeconds]);
  return row?.due === true;
}

/** Writes down how far the round has come. False when another process has gone on from the same place. */
export async function moveScrubRound(
  database: Queryable,
  round: Pick<ScrubRoundState, 'id' | 'lastBlobId'>,
  { lastBlobId, step }: { lastBlobId: string; step: ScrubStep },
): Promise<boolean> {
  const { blobs, bytes, corrupt, missing, repaired } = step;
  const values = [round.id, round.lastBlobId, lastBlobId, blobs, bytes, corrupt, missing, repaired];
  return (await database.query(moveOn, values)).length > 0;
}

/** Ends the round. False when another process has gone on from the same place. */
export async function finishScrubRound(
  database: Queryable,
  round: Pick<ScrubRoundState, 'id' | 'lastBlobId'>,
): Promise<boolean> {
  return (await database.query(finish, [round.id, round.lastBlobId])).length > 0;
}
