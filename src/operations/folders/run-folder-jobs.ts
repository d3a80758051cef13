import { statement } from '../../database/database.js';
import { GranaryError, isGranaryError } from '../../errors.js';
import type { Granary, RequestContext } from '../context.js';
import { type JobBatch, type JobItem, jobRequestId, verbOf } from './folder-job.js';
import { countJobItems, listJobItems } from './folder-job-items.js';
import { contextOfJob } from './job-context.js';
import { JobLease, type JobOutcome, type RunningJob } from './job-lease.js';
import { performJobItem } from './perform-job-item.js';

/** Objects of one turn: after each turn another job may have its own. */
const batchSize = 50;
/** How many of them are worked on side by side. */
const lanes = 4;
/** A turn whose process died is another's after so long. */
const usualLeaseSeconds = 30;
/** What cannot be reached just now is tried again so often before it counts as failed, an object or the whole job. */
const mostAttempts = 10;

const newestEvent = statement('newest_event_of_job', 'SELECT last_value AS id FROM event_id_seq');

/** Each change has its event in its own transaction, so these tell exactly what was done before a crash. */
const findDone = statement(
  'find_done_of_job',
  `SELECT e.key, e.version_id AS "versionId" FROM event e
   WHERE e.tenant_id = $1 AND e.id > $2 AND e.request_id = $3 AND e.outcome = 'SUCCESS' AND e.bucket_id = $4`,
);

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
    const lease = await JobLease.take(this.#granary, this.#leaseSeconds);
    if (lease === undefined) {
      return false;
    }
    await new Turn(this.#granary, lease).run();
    this.#granary.events.announce();
    return true;
  }
}

/** One turn of one job. */
class Turn {
  readonly #granary: Granary;
  readonly #lease: JobLease;
  readonly #job: RunningJob;

  constructor(granary: Granary, lease: JobLease) {
    this.#granary = granary;
    this.#lease = lease;
    this.#job = lease.job;
  }

  run(): Promise<void> {
    return this.#lease.during(async () => {
      try {
        await this.#work();
      } catch (error) {
        await this.#giveBack(error);
      }
    });
  }

  async #work(): Promise<void> {
    if (this.#job.cancelAskedAt !== null) {
      return this.#lease.end('CANCELLED', null);
    }
    const context = await contextOfJob(this.#granary, this.#job);
    if (typeof context === 'string') {
      return this.#lease.end('FAILED', context);
    }
    if (this.#job.total === null) {
      await this.#lease.setTotal(await countJobItems(this.#granary.database, this.#job));
    }
    const begun = this.#job.batch;
    const batch = begun ?? (await this.#nextBatch());
    if (batch.items.length === 0) {
      return this.#lease.end('COMPLETED', null);
    }
    const isDone = begun === null ? () => false : await this.#doneBefore(begun);
    await this.#lease.settle(batch, await this.#performAll(context, batch, isDone));
  }

  /** What comes next, remembered before anything of it is done. */
  async #nextBatch(): Promise<JobBatch> {
    const { database } = this.#granary;
    const items = await listJobItems(database, this.#job, batchSize);
    const [event] = await database.query<{ id: number }>(newestEvent);
    const batch = { items, after: event?.id ?? 0 };
    await this.#lease.remember(batch);
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
  ): Promise<JobOutcome[]> {
    const outcomes: JobOutcome[] = [];
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

  async #perform(context: RequestContext, item: JobItem): Promise<JobOutcome['what']> {
    this.#lease.assertHeld();
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

  /** The next turn goes on with the same batch, unless too many have come to nothing. */
  async #giveBack(error: unknown): Promise<void> {
    const { id, attempts } = this.#job;
    const text = error instanceof Error ? error.message : String(error);
    if (attempts >= mostAttempts) {
      this.#granary.log.error({ job: id, error: text }, 'A job could not go on, and has failed');
      const why = isGranaryError(error) && error.kind !== 'Internal' ? error.message : 'Internal error';
      return this.#lease.end('FAILED', `It was tried ${attempts + 1} times in vain, the last time because of: ${why}`);
    }
    this.#granary.log.warn({ job: id, error: text }, 'A job cannot go on just now; it is tried again');
    await this.#lease.postpone();
  }
}
