import { randomUUID } from 'node:crypto';
import { type Database, type Queryable, statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import { recordEvent } from '../audit/record-event.js';
import type { Log } from '../context.js';
import { formatVersionId } from '../objects/version-row.js';
import {
  type FolderJobInfo,
  type FolderJobState,
  type JobBatch,
  type JobCredential,
  type JobItem,
  type JobPlace,
  jobColumns,
  jobRequestId,
} from './folder-job.js';
import { dropKeys } from './selection.js';

const mostErrors = 10_000;
const retrySeconds = 3;
/** The wait before another attempt does not grow beyond so many times {@link retrySeconds}. */
const mostRetryWaits = 10;

export interface RunningJob extends FolderJobInfo, JobPlace {
  credential: JobCredential;
  sourceIp: string | null;
  batch: JobBatch | null;
  attempts: number;
}

/** What became of one object. */
export interface JobOutcome {
  item: JobItem;
  what: 'done' | 'skipped' | GranaryError;
}

const takeTurn = statement(
  'take_job_turn',
  `UPDATE folder_job j SET state = 'RUNNING', holder = $1, lease_until = now() + make_interval(secs => $2),
     turn_at = clock_timestamp(), started_at = COALESCE(j.started_at, now())
   WHERE j.id = (
     SELECT c.id FROM folder_job c JOIN tenant t ON t.id = c.tenant_id AND t.suspended_at IS NULL
     WHERE c.state IN ('QUEUED', 'RUNNING') AND c.due_at <= now() AND (c.lease_until IS NULL OR c.lease_until < now())
     ORDER BY (
       SELECT max(o.turn_at) FROM folder_job o WHERE o.tenant_id = c.tenant_id AND o.state IN ('QUEUED', 'RUNNING')
     ) NULLS FIRST, c.turn_at NULLS FIRST, c.id LIMIT 1 FOR UPDATE OF c SKIP LOCKED)
   RETURNING ${jobColumns}, j.credential, j.source_ip AS "sourceIp", j.newest_version AS "newestVersion",
     j.place_key AS "placeKey", j.place_id AS "placeId", j.batch, j.attempts`,
);

const extendLease = statement(
  'extend_job_lease',
  `UPDATE folder_job SET lease_until = now() + make_interval(secs => $3) WHERE id = $1 AND holder = $2 RETURNING id`,
);

const setTotal = statement('set_job_total', 'UPDATE folder_job SET total = $3 WHERE id = $1 AND holder = $2');

const setBatch = statement(
  'set_job_batch',
  'UPDATE folder_job SET batch = $3 WHERE id = $1 AND holder = $2 RETURNING id',
);

const settleBatch = statement(
  'settle_job_batch',
  `UPDATE folder_job SET batch = NULL, attempts = 0, place_key = $3, place_id = $4, done = done + $5,
     skipped = skipped + $6, failed = failed + $7, bytes = bytes + $8, holder = NULL, lease_until = NULL
   WHERE id = $1 AND holder = $2 RETURNING id`,
);

const insertErrors = statement(
  'insert_job_errors',
  `INSERT INTO folder_job_error (job_id, key, version, kind, message)
   SELECT $1, r.key, r.version, r.kind, r.message
   FROM jsonb_to_recordset($2::jsonb) AS r(key text, version text, kind text, message text)
   WHERE (SELECT count(*) FROM folder_job_error e WHERE e.job_id = $1) < ${mostErrors}`,
);

const postpone = statement(
  'postpone_job',
  `UPDATE folder_job SET attempts = attempts + 1, due_at = now() + make_interval(secs => $3), holder = NULL, lease_until = NULL
   WHERE id = $1 AND holder = $2`,
);

// In the end, what was counted and not found was gone when its turn came.
const finish = statement(
  'finish_job',
  `UPDATE folder_job SET state = $3, total = CASE $3 WHEN 'COMPLETED' THEN GREATEST(total, done + skipped + failed) ELSE total END,
     skipped = CASE $3 WHEN 'COMPLETED' THEN GREATEST(skipped, total - done - failed) ELSE skipped END,
     message = $4, batch = NULL, holder = NULL, lease_until = NULL, finished_at = now()
   WHERE id = $1 AND holder = $2 RETURNING id`,
);

/**
 * The row of a job while it is this process's turn at it. Whatever is written of it holds only for whoever holds the
 * lease: a process that was too slow changes nothing any more.
 */
export class JobLease {
  readonly job: RunningJob;
  readonly #database: Database;
  readonly #log: Log;
  readonly #holder: string;
  readonly #seconds: number;
  /** By this process's own clock: when the lease may be another's. */
  #heldUntil: number;

  private constructor({ database, log }: JobSource, row: { job: RunningJob; holder: string; seconds: number }) {
    this.#database = database;
    this.#log = log;
    this.job = row.job;
    this.#holder = row.holder;
    this.#seconds = row.seconds;
    this.#heldUntil = performance.now() + this.#halfMs;
  }

  /** The job that has waited longest; undefined when none waits. */
  static async take(source: JobSource, seconds: number): Promise<JobLease | undefined> {
    const holder = randomUUID();
    const [job] = await source.database.query<RunningJob>(takeTurn, [holder, seconds]);
    return job && new JobLease(source, { job, holder, seconds });
  }

  /** Does the work, and extends the lease meanwhile. */
  async during(work: () => Promise<void>): Promise<void> {
    const heartbeat = setInterval(() => this.#extend(), this.#halfMs / 2);
    try {
      await work();
    } finally {
      clearInterval(heartbeat);
    }
  }

  /** @throws GranaryError Unavailable when another process may have the job by now: what is left is its concern. */
  assertHeld(): void {
    if (performance.now() > this.#heldUntil) {
      throw leaseLost();
    }
  }

  async setTotal(total: number): Promise<void> {
    await this.#database.query(setTotal, [this.job.id, this.#holder, total]);
  }

  /** What is to be done next, before anything of it is done. @throws GranaryError Unavailable like {@link assertHeld}. */
  async remember(batch: JobBatch): Promise<void> {
    const held = await this.#database.query(setBatch, [this.job.id, this.#holder, JSON.stringify(batch)]);
    if (held.length === 0) {
      throw leaseLost();
    }
  }

  /** Counts what became of a batch, and gives the job back. */
  async settle({ items }: JobBatch, outcomes: JobOutcome[]): Promise<void> {
    const done = outcomes.filter(({ what }) => what === 'done');
    const errors = outcomes.flatMap(({ item, what }) => (what instanceof GranaryError ? [errorRow(item, what)] : []));
    const last = items.at(-1);
    const { id } = this.job;
    await this.#database.transaction(async (tx) => {
      const held = await tx.query(settleBatch, [
        ...[id, this.#holder, last?.key ?? '', last?.id ?? 0],
        ...[done.length, outcomes.length - done.length - errors.length, errors.length],
        done.reduce((sum, { item }) => sum + item.size, 0),
      ]);
      if (held.length > 0 && errors.length > 0) {
        await tx.query(insertErrors, [id, JSON.stringify(errors)]);
      }
    });
  }

  async end(state: FolderJobState, message: string | null): Promise<void> {
    await this.#database.transaction(async (tx) => {
      const ended = await tx.query(finish, [this.job.id, this.#holder, state, message]);
      if (ended.length > 0) {
        await recordEnd(tx, this.job, state);
        await dropKeys(tx, this.job.id);
      }
    });
  }

  /** Gives the job back for another attempt at the same batch, the later the more there were. */
  async postpone(): Promise<void> {
    const waits = Math.min(this.job.attempts + 1, mostRetryWaits);
    await this.#database.query(postpone, [this.job.id, this.#holder, retrySeconds * waits]);
  }

  get #halfMs(): number {
    return (this.#seconds * 1000) / 2;
  }

  #extend(): void {
    const before = performance.now();
    this.#database.query(extendLease, [this.job.id, this.#holder, this.#seconds]).then(
      (held) => {
        this.#heldUntil = held.length > 0 ? before + this.#halfMs : 0;
      },
      (error: unknown) => this.#log.debug({ error }, 'The lease of a job could not be extended'),
    );
  }
}

interface JobSource {
  database: Database;
  log: Log;
}

function recordEnd(tx: Queryable, job: RunningJob, state: FolderJobState): Promise<void> {
  const { id, tenantId, bucketId, folder } = job;
  const origin = { requestId: jobRequestId(id), sourceIp: null };
  return recordEvent(tx, origin, {
    ...{ action: 'granary:EndJob', tenantId, bucketId },
    details: { job: id, folder, state, done: job.done, failed: job.failed },
  });
}

function errorRow({ key, id, isNull, absent }: JobItem, { kind, message }: GranaryError) {
  return { key, version: absent === undefined ? formatVersionId({ id, isNull }) : null, kind, message };
}

function leaseLost(): GranaryError {
  return new GranaryError('Unavailable', 'The turn took too long.');
}
