import { PgBoss } from 'pg-boss';
import type { Settings } from '../config/settings.js';
import { answerLimitMs } from '../database/answer-limit.js';
import { removeOldEvents } from '../operations/audit/remove-old-events.js';
import { collectGarbage } from '../operations/blobs/collect-garbage.js';
import { placeCopies } from '../operations/blobs/place-copies.js';
import { repairBlobs } from '../operations/blobs/repair-blob.js';
import { scrub } from '../operations/blobs/scrub.js';
import { sweep } from '../operations/blobs/sweep.js';
import { removeDeletedBuckets } from '../operations/buckets/remove-deleted-buckets.js';
import type { Granary } from '../operations/context.js';
import { recountSuspicious } from '../operations/folders/recount-folders.js';
import { lifecycleRoundSeconds, runLifecycle } from '../operations/lifecycle/run-lifecycle.js';
import { digestObjects } from '../operations/objects/digest-objects.js';
import { forgetTombstones } from '../operations/objects/forget-tombstones.js';
import { purgeVersions } from '../operations/objects/purge-versions.js';
import { deliverAccessLogs } from '../operations/reports/deliver-access-logs.js';
import { writeInventories } from '../operations/reports/write-inventories.js';
import { forgetWords } from '../operations/search/forget-words.js';
import { recheckSearch } from '../operations/search/index-objects.js';
import { rotateDueSigningKey } from '../operations/sign-in/rotate-signing-keys.js';
import { runTenantPurges } from '../operations/tenants/run-tenant-purges.js';
import { expireUploads } from '../operations/uploads/expire-uploads.js';
import { forgetEnded } from '../operations/uploads/forget-ended.js';

/** Background work: one operation, and when it runs. */
interface Job {
  readonly name: string;
  /** Minute, hour, day of the month, month, day of the week, in UTC. */
  readonly cron: string;
  /** In seconds, where it runs more often than once a minute; undefined for the cron alone. */
  readonly every?: (settings: Settings) => number | undefined;
  /** The signal says that the process stops: work that takes long then leaves the rest to the next run. */
  readonly run: (granary: Granary, work: { signal: AbortSignal }) => Promise<unknown>;
}

/** A run of the scrubber ends after so long, and the next minute's goes on from there. */
const scrubRunMs = 50_000;

const jobs: readonly Job[] = [
  { name: 'purge-versions', cron: '* * * * *', run: (granary) => purgeVersions(granary) },
  { name: 'collect-garbage', cron: '*/5 * * * *', run: (granary) => collectGarbage(granary) },
  { name: 'digest-objects', cron: '* * * * *', run: digestObjects },
  { name: 'remove-deleted-buckets', cron: '*/10 * * * *', run: removeDeletedBuckets },
  { name: 'place-copies', cron: '* * * * *', run: placeCopies },
  { name: 'repair-blobs', cron: '*/5 * * * *', run: repairBlobs },
  { name: 'scrub', cron: '* * * * *', run: (granary, work) => scrub(granary, { ...work, limitMs: scrubRunMs }) },
  { name: 'run-tenant-purges', cron: '* * * * *', run: runTenantPurges },
  { name: 'deliver-access-logs', cron: '* * * * *', every: logRounds, run: deliverAccessLogs },
  { name: 'write-inventories', cron: '*/5 * * * *', every: shortRounds, run: writeInventories },
  { name: 'run-lifecycle', cron: '*/5 * * * *', every: shortRounds, run: runLifecycle },
  { name: 'check-directory-users', cron: '*/5 * * * *', run: (granary, work) => granary.directories.checkUsers(work) },
  { name: 'sweep', cron: '17 * * * *', run: (granary) => sweep(granary) },
  { name: 'expire-uploads', cron: '27 * * * *', run: (granary) => expireUploads(granary) },
  { name: 'rotate-signing-key', cron: '57 * * * *', run: rotateDueSigningKey },
  { name: 'forget-ended', cron: '37 * * * *', run: forgetEnded },
  { name: 'remove-old-events', cron: '7 * * * *', run: (granary) => removeOldEvents(granary) },
  { name: 'recount-folders', cron: '23 4 * * *', run: recountSuspicious },
  { name: 'recheck-search', cron: '13 3 * * *', run: recheckSearch },
  { name: 'forget-words', cron: '33 3 * * *', run: forgetWords },
  { name: 'forget-tombstones', cron: '47 3 * * *', run: (granary) => forgetTombstones(granary) },
];

const stopLimitMs = 15_000;

/** Whoever makes days short, for tests or staging, does not wait for the next five minutes. */
function shortRounds(settings: Settings): number | undefined {
  const seconds = lifecycleRoundSeconds(settings);
  return seconds < 60 ? seconds : undefined;
}

/** Lines that wait for less than a minute do not wait for the next one; less than a second is as often as can be. */
function logRounds({ accessLogSeconds }: Settings): number | undefined {
  return accessLogSeconds < 60 ? Math.max(accessLogSeconds, 1) : undefined;
}

/**
 * Runs background work on its schedule. However many processes start the jobs, each run of one is done by one of
 * them, and no run begins while the one before it is under way.
 */
export async function startJobs(granary: Granary): Promise<{ stop(): Promise<void> }> {
  // A variable, as pg-boss does not declare the options that it hands on to pg: without the limit its workers would
  // wait for ever on a connection that the network has forgotten.
  const options = {
    connectionString: granary.database.url,
    schema: 'pgboss',
    application_name: 'granary jobs',
    max: 2,
    query_timeout: answerLimitMs,
  };
  const boss = new PgBoss(options);
  boss.on('error', (error) => granary.log.error({ error: error.message }, 'Background work has a problem'));
  await boss.start();
  const stopping = new AbortController();
  const timers: NodeJS.Timeout[] = [];
  for (const job of jobs) {
    const everySeconds = job.every?.(granary.settings);
    await schedule(boss, { job, everySeconds }, () => perform(job, granary, stopping.signal));
    if (everySeconds !== undefined) {
      timers.push(setInterval(() => void hurry(boss, job, granary), everySeconds * 1000));
    }
  }
  return {
    stop: () => {
      stopping.abort();
      for (const timer of timers) {
        clearInterval(timer);
      }
      return boss.stop({ graceful: true, timeout: stopLimitMs });
    },
  };
}

/** Has a job run as soon as it can, unless it waits or runs already. */
async function hurry(boss: PgBoss, { name }: Job, { log }: Granary): Promise<void> {
  try {
    await boss.send(name);
  } catch (error) {
    log.error({ job: name, error: describe(error) }, 'Background work could not be asked for');
  }
}

async function schedule(
  boss: PgBoss,
  { job, everySeconds }: { job: Job; everySeconds: number | undefined },
  run: () => Promise<void>,
): Promise<void> {
  // `exclusive`: queued or running, there is one at most. The heartbeat frees the place of a process that died.
  await boss.createQueue(job.name, {
    policy: 'exclusive',
    retryLimit: 0,
    expireInSeconds: 6 * 60 * 60,
    heartbeatSeconds: 60,
    deleteAfterSeconds: 24 * 60 * 60,
  });
  await boss.schedule(job.name, job.cron);
  await boss.work(job.name, { pollingIntervalSeconds: everySeconds ?? 10 }, run);
}

async function perform(job: Job, granary: Granary, signal: AbortSignal): Promise<void> {
  try {
    const outcome = await job.run(granary, { signal });
    granary.events.announce();
    granary.log.debug({ job: job.name, outcome }, 'Background work is done');
  } catch (error) {
    granary.log.error({ job: job.name, error: describe(error) }, 'Background work failed; it is tried again next time');
    throw error;
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
