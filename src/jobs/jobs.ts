import { PgBoss } from 'pg-boss';
import { collectGarbage } from '../operations/collect-garbage.js';
import type { Granary } from '../operations/context.js';
import { digestObjects } from '../operations/digest-objects.js';
import { expireUploads } from '../operations/expire-uploads.js';
import { forgetEnded } from '../operations/forget-ended.js';
import { forgetTombstones } from '../operations/forget-tombstones.js';
import { purgeVersions } from '../operations/purge-versions.js';
import { removeDeletedBuckets } from '../operations/remove-deleted-buckets.js';
import { sweep } from '../operations/sweep.js';

/** Background work: one operation, and when it runs. */
interface Job {
  readonly name: string;
  /** Minute, hour, day of the month, month, day of the week, in UTC. */
  readonly cron: string;
  readonly run: (granary: Granary) => Promise<unknown>;
}

const jobs: readonly Job[] = [
  { name: 'purge-versions', cron: '* * * * *', run: purgeVersions },
  { name: 'collect-garbage', cron: '*/5 * * * *', run: collectGarbage },
  { name: 'digest-objects', cron: '* * * * *', run: digestObjects },
  { name: 'remove-deleted-buckets', cron: '*/10 * * * *', run: removeDeletedBuckets },
  { name: 'sweep', cron: '17 * * * *', run: sweep },
  { name: 'expire-uploads', cron: '27 * * * *', run: expireUploads },
  { name: 'forget-ended', cron: '37 * * * *', run: forgetEnded },
  { name: 'forget-tombstones', cron: '47 3 * * *', run: forgetTombstones },
];

const stopLimitMs = 15_000;

/**
 * Runs background work on its schedule. However many processes start the jobs, each run of one is done by one of
 * them, and no run begins while the one before it is under way.
 */
export async function startJobs(granary: Granary): Promise<{ stop(): Promise<void> }> {
  const boss = new PgBoss({
    connectionString: granary.database.url,
    schema: 'pgboss',
    application_name: 'granary jobs',
    max: 2,
  });
  boss.on('error', (error) => granary.log.error({ error: error.message }, 'Background work has a problem'));
  await boss.start();
  for (const job of jobs) {
    await schedule(boss, job, granary);
  }
  return { stop: () => boss.stop({ graceful: true, timeout: stopLimitMs }) };
}

async function schedule(boss: PgBoss, job: Job, granary: Granary): Promise<void> {
  // `exclusive`: queued or running, there is one at most. The heartbeat frees the place of a process that died.
  await boss.createQueue(job.name, {
    policy: 'exclusive',
    retryLimit: 0,
    expireInSeconds: 6 * 60 * 60,
    heartbeatSeconds: 60,
    deleteAfterSeconds: 24 * 60 * 60,
  });
  await boss.schedule(job.name, job.cron);
  await boss.work(job.name, { pollingIntervalSeconds: 10 }, () => perform(job, granary));
}

async function perform(job: Job, granary: Granary): Promise<void> {
  try {
    const outcome = await job.run(granary);
    granary.log.debug({ job: job.name, outcome }, 'Background work is done');
  } catch (error) {
    granary.log.error({ job: job.name, error: describe(error) }, 'Background work failed; it is tried again next time');
    throw error;
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
