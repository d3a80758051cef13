import { Command } from 'commander';
import { type ScrubProgress, scrubProgress } from '../operations/blobs/scrub-progress.js';
import { formatBytes } from '../operations/format-bytes.js';
import { type Runner, runCommand } from './run-command.js';

/** `granary scrub`, which only shows: rounds are begun by the schedule, or through GraphQL. */
export function scrubCommand(runner: Runner): Command {
  return new Command('scrub')
    .description('the scrubber, which reads everything back in the background')
    .addCommand(statusCommand(runner));
}

function statusCommand(runner: Runner): Command {
  return new Command('status')
    .description('show how far the round is that is under way, or what the last one has found')
    .action((_options, command: Command) =>
      runCommand(runner, command, async () => {
        const round = await scrubProgress(await runner.host.openGranary());
        return { text: round === null ? 'No round has begun yet.' : describe(round), facts: { round } };
      }),
    );
}

function describe({ startedAt, updatedAt, finishedAt, progress, ...counts }: ScrubProgress): string {
  const { blobs, bytes, corrupt, missing, repaired } = counts;
  const state =
    finishedAt === null
      ? `The round of ${startedAt.toISOString()} is under way: ${(100 * progress).toFixed(1)}%, as of ${updatedAt.toISOString()}.`
      : `The round of ${startedAt.toISOString()} ended at ${finishedAt.toISOString()}.`;
  const found =
    corrupt + missing === 0
      ? 'Nothing was wrong.'
      : `${corrupt} were corrupt, ${missing} missing; ${repaired} repaired.`;
  return `${state}\n${blobs} blobs read (${formatBytes(bytes)}). ${found}`;
}
