import { randomUUID } from 'node:crypto';
import type { UserCaller } from '../../auth/caller.js';
import { narrowCaller } from '../../auth/narrow-caller.js';
import { type Queryable, statement } from '../../database/database.js';
import { GranaryError, isGranaryError } from '../../errors.js';
import { asking } from '../access/asking.js';
import { openBucket } from '../access/authorize.js';
import { recordEvent } from '../audit/record-event.js';
import type { Granary, RequestContext } from '../context.js';
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
  verbOf,
} from './folder-job.js';
import { countJobItems, listJobItems } from './folder-job-items.js';
import { performJobItem } from './perform-job-item.js';
import { dropKeys } from './selection.js';
import { listingActionOf } from './start-folder-job.js';

/** Objects of one turn: after each turn another job may have its own. */
const batchSize = 50;
/** How many of them are worked on side by side. */
const lanes = 4;
/** A turn whose process died is another's after so long. */
const usualLeaseSeconds = 30;
/** What cannot be reached just now is tried again so often before it counts as failed, an object or the whole job. */
const mostAttempts = 10;
const retrySeconds = 3;
const mostErrors = 10_000;

interface RunningJob extends FolderJobInfo, JobPlace {
  credential: JobCredential;
  sourceIp: string | null;
  batch: JobBatch | null;
  attempts: number;
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

const newestEvent = statement('newest_event_of_job', 'SELECT last_value AS id FROM event_id_seq');

/** Each change has its event in its own transaction, so these tell exactly what was done before a crash. */
const findDone = statement(
  'find_done_of_job',
  `SELECT e.key, e.version_id AS "versionId" FROM event e
   WHERE e.tenant_id = $1 AND e.id > $2 AND e.request_id = $3 AND e.outcome = 'SUCCESS' AND e.bucket_id = $4`,
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

const findCredential = statement(
  'find_credential_of_job',
  `SELECT ($1::text IS NULL OR EXISTS (SELECT FROM access_key k WHERE k.id = $1 AND NOT k.disabled)
       OR EXISTS (SELECT FROM session_credential c WHERE c.id = $1))
     AND ($2::text IS NULL OR EXISTS (SELECT FROM api_key k WHERE k.id::text = $2)) AS valid`,
);

interface Outcome {
  item: JobItem;
  what: 'done' | 'skipped' | GranaryError;
}

/** Works on jobs, batch by batch, whoever's turn it is. */
export class FolderJobRunner {
  readonly #granary: Granary;
  readonly #leaseSeconds: number;

  constructor(granary: Granary, { leaseSeconds = usualLeaseSeconds }: { leaseSeconds?: number } = {}) {
    this.#granary = granary;
    this.#leaseSeconds = leaseSeconds;
  }

  /** One batch of the job that has waited longest; false when there is none. */
  async runNext(): Promise<boolean> {
    const holder = randomUUID();
    const [job] = await this.#granary.database.query<RunningJob>(takeTurn, [holder, this.#leaseSeconds]);
    if (job === undefined) {
      return false;
    }
    await new Turn(this.#granary, { job, holder, leaseSeconds: this.#leaseSeconds }).run();
    this.#granary.events.announce();
    return true;
  }
}

/** One turn of one job. */
class Turn {
  readonly #granary: Granary;
  readonly #job: RunningJob;
  readonly #holder: string;
  readonly #leaseMs: number;
  /** By this process's own clock: when the lease may be another's. */
  #heldUntil: number;

  constructor(
    granary: Granary,
    { job, holder, leaseSeconds }: { job: RunningJob; holder: string; leaseSeconds: number },
  ) {
    this.#granary = granary;
    this.#job = job;
    this.#holder = holder;
    this.#leaseMs = leaseSeconds * 1000;
    this.#heldUntil = performance.now() + this.#leaseMs / 2;
  }

  async run(): Promise<void> {
    const heartbeat = setInterval(() => this.#extend(), this.#leaseMs / 4);
    try {
      await this.#work();
    } catch (error) {
      await this.#giveBack(error);
    } finally {
      clearInterval(heartbeat);
    }
  }

  async #work(): Promise<void> {
    if (this.#job.cancelAskedAt !== null) {
      return this.#end('CANCELLED', null);
    }
    const context = await this.#contextOf();
    if (typeof context === 'string') {
      return this.#end('FAILED', context);
    }
    const refusal = await this.#refusalOf(context);
    if (refusal !== undefined) {
      return this.#end('FAILED', refusal);
    }
    const { database } = this.#granary;
    if (this.#job.total === null) {
      await database.query(setTotal, [this.#job.id, this.#holder, await countJobItems(database, this.#job)]);
    }
    const begun = this.#job.batch;
    const batch = begun ?? (await this.#nextBatch());
    if (batch.items.length === 0) {
      return this.#end('COMPLETED', null);
    }
    const isDone = begun === null ? () => false : await this.#doneBefore(begun);
    await this.#settle(batch, await this.#performAll(context, batch, isDone));
  }

  /** In whose name the job works now; or why it cannot go on. */
  async #contextOf(): Promise<RequestContext | string> {
    const { actorId, credential, sourceIp, id } = this.#job;
    const { limits = [], accessKeyId, apiKeyId, expiresAt, userAgent } = credential;
    const user = await this.#granary.credentials.findUser(actorId);
    if (user === undefined) {
      return 'Whoever began it is disabled or gone.';
    }
    const [key] = await this.#granary.database.query<{ valid: boolean }>(findCredential, [
      accessKeyId ?? null,
      apiKeyId ?? null,
    ]);
    if (key?.valid !== true || (expiresAt !== undefined && Date.parse(expiresAt) <= Date.now())) {
      return 'The key that it was begun with is not valid any more.';
    }
    const caller: UserCaller = {
      ...narrowCaller(user, limits),
      ...(accessKeyId === undefined ? {} : { accessKeyId }),
      ...(apiKeyId === undefined ? {} : { apiKeyId }),
    };
    return { granary: this.#granary, caller, requestId: jobRequestId(id), sourceIp, userAgent };
  }

  /** Why the folder cannot be walked any more: the bucket is gone, or the right to list it. */
  async #refusalOf(context: RequestContext): Promise<string | undefined> {
    const { tenantName: tenant, bucket: name, bucketId, folder, kind, options } = this.#job;
    try {
      const action = listingActionOf({ kind, versions: options.versions });
      const bucket = await openBucket(asking(context, { prefix: folder }), { tenant, bucket: name }, action);
      return bucket.id === bucketId ? undefined : 'The bucket was deleted.';
    } catch (error) {
      if (isGranaryError(error, 'NotFound')) {
        return 'The bucket was deleted.';
      }
      if (isGranaryError(error, 'Denied')) {
        return 'Whoever began it may not list the folder any more.';
      }
      throw error;
    }
  }

  /** What comes next, remembered before anything of it is done. */
  async #nextBatch(): Promise<JobBatch> {
    const { database } = this.#granary;
    const items = await listJobItems(database, this.#job, batchSize);
    const [event] = await database.query<{ id: number }>(newestEvent);
    const batch = { items, after: event?.id ?? 0 };
    const held = await database.query(setBatch, [this.#job.id, this.#holder, JSON.stringify(batch)]);
    if (held.length === 0) {
      throw leaseLost();
    }
    return batch;
  }

  /** What of a batch was done by a turn that did not come to its end. */
  async #doneBefore({ after }: JobBatch): Promise<(item: JobItem) => boolean> {
    const { id, kind, tenantId, bucketId, folder, options } = this.#job;
    const target = verbOf(kind) === 'COPY' ? options.target : undefined;
    const rows = await this.#granary.database.query<{ key: string; versionId: number | null }>(findDone, [
      target?.tenantId ?? tenantId,
      after,
      jobRequestId(id),
      target?.bucketId ?? bucketId,
    ]);
    const byVersion = kind === 'EMPTY_TRASH' || options.versions === 'ALL';
    const done = new Set(rows.map(({ key, versionId }) => (byVersion ? `${versionId}` : key)));
    const nameOf = ({ key, id: version }: JobItem) =>
      byVersion ? `${version}` : target === undefined ? key : `${target.folder}${key.slice(folder.length)}`;
    return (item) => done.has(nameOf(item));
  }

  async #performAll(
    context: RequestContext,
    { items }: JobBatch,
    isDone: (item: JobItem) => boolean,
  ): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    const queue = items.entries();
    const work = async () => {
      for (const [index, item] of queue) {
        outcomes[index] = { item, what: isDone(item) ? 'done' : await this.#perform(context, item) };
      }
    };
    const results = await Promise.allSettled(Array.from({ length: lanes }, work));
    const failure = results.find((result) => result.status === 'rejected');
    if (failure !== undefined) {
      throw failure.reason;
    }
    return outcomes;
  }

  async #perform(context: RequestContext, item: JobItem): Promise<Outcome['what']> {
    if (performance.now() > this.#heldUntil) {
      throw leaseLost();
    }
    try {
      return await performJobItem(context, this.#job, item);
    } catch (error) {
      if (isGranaryError(error, 'Unavailable', 'RateLimited') && this.#job.attempts < mostAttempts) {
        throw error;
      }
      if (isGranaryError(error) && error.kind !== 'Internal') {
        return error;
      }
      const { id, kind } = this.#job;
      this.#granary.log.error({ job: id, kind, key: item.key, error }, 'A job met a bug');
      return new GranaryError('Internal', 'Internal error');
    }
  }

  async #settle({ items }: JobBatch, outcomes: Outcome[]): Promise<void> {
    const done = outcomes.filter(({ what }) => what === 'done');
    const errors = outcomes.flatMap(({ item, what }) => (what instanceof GranaryError ? [errorRow(item, what)] : []));
    const last = items.at(-1);
    const { id } = this.#job;
    await this.#granary.database.transaction(async (tx) => {
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

  async #end(state: FolderJobState, message: string | null): Promise<void> {
    await this.#granary.database.transaction(async (tx) => {
      const ended = await tx.query(finish, [this.#job.id, this.#holder, state, message]);
      if (ended.length > 0) {
        await recordEnd(tx, this.#job, state);
        await dropKeys(tx, this.#job.id);
      }
    });
  }

  /** The next turn goes on with the same batch, unless too many have come to nothing. */
  async #giveBack(error: unknown): Promise<void> {
    const { id, attempts } = this.#job;
    const text = error instanceof Error ? error.message : String(error);
    if (attempts >= mostAttempts) {
      this.#granary.log.error({ job: id, error: text }, 'A job could not go on, and has failed');
      const why = isGranaryError(error) && error.kind !== 'Internal' ? error.message : 'Internal error';
      return this.#end('FAILED', `It was tried ${attempts + 1} times in vain, the last time because of: ${why}`);
    }
    this.#granary.log.warn({ job: id, error: text }, 'A job cannot go on just now; it is tried again');
    await this.#granary.database.query(postpone, [id, this.#holder, retrySeconds * Math.min(attempts + 1, 10)]);
  }

  #extend(): void {
    const before = performance.now();
    const values = [this.#job.id, this.#holder, this.#leaseMs / 1000];
    this.#granary.database.query(extendLease, values).then(
      (held) => {
        this.#heldUntil = held.length > 0 ? before + this.#leaseMs / 2 : 0;
      },
      (error: unknown) => this.#granary.log.debug({ error }, 'The lease of a job could not be extended'),
    );
  }
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

/** Another process may have the job by now: whatever is left of the batch is its concern. */
function leaseLost(): GranaryError {
  return new GranaryError('Unavailable', 'The turn took too long.');
}
