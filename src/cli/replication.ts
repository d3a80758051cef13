import { Command, InvalidArgumentError, Option } from 'commander';
import { type ReplicationFigures, replicationFigures } from '../operations/replication/replication-figures.js';
import { type ResyncMode, resyncBucket } from '../operations/replication/resync-replication.js';
import { type Runner, runCommand } from './run-command.js';

interface ResyncOptions {
  tenant: string;
  mode: Lowercase<ResyncMode>;
  since?: Date;
}

const modes = { missing: 'MISSING', failed: 'FAILED', all: 'ALL' } as const;

/** `granary replication`: its status, and the resync of a bucket of any tenant. */
export function replicationCommand(runner: Runner): Command {
  return new Command('replication')
    .description('how far buckets have been replicated, and what to send again')
    .addCommand(statusCommand(runner))
    .addCommand(resyncCommand(runner));
}

function statusCommand(runner: Runner): Command {
  return new Command('status')
    .description('show how many versions are pending, failed and completed at each target')
    .action((_options, command: Command) =>
      runCommand(runner, command, async () => {
        const targets = await replicationFigures(await runner.host.openGranary());
        const text = targets.length === 0 ? 'No bucket has a replication target.' : targets.map(lineOf).join('\n');
        return { text, facts: { targets } };
      }),
    );
}

function resyncCommand(runner: Runner): Command {
  return new Command('resync')
    .description('queue existing versions that the rules of a bucket fit; a running server sends them')
    .argument('<bucket>')
    .option('--tenant <name>', 'the tenant of the bucket', 'default')
    .addOption(new Option('--mode <mode>', 'which versions').choices(Object.keys(modes)).default('missing'))
    .option('--since <time>', 'only what was written then or later, such as 2026-01-31', parseTime)
    .action((bucket: string, { tenant, mode, since }: ResyncOptions, command: Command) =>
      runCommand(runner, command, async () => {
        const granary = await runner.host.openGranary();
        const targets = await resyncBucket(granary, { bucket, tenant, mode: modes[mode], since });
        const noun = targets === 1 ? '1 target' : `${targets} targets`;
        return { text: `Versions are being queued for ${noun}.`, facts: { bucket, tenant, mode, targets } };
      }),
    );
}

function lineOf({ tenant, bucket, targetId, pending, failed, completed, lagSeconds }: ReplicationFigures): string {
  const counts = `${pending} pending, ${failed} failed, ${completed} completed`;
  return `${tenant} ${bucket} to ${targetId}: ${counts}, ${Math.round(lagSeconds)} s behind`;
}

function parseTime(text: string): Date {
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) {
    throw new InvalidArgumentError('It must be a date, or a date and a time, as in ISO 8601.');
  }
  return time;
}
