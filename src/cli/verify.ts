import { Command, InvalidArgumentError } from 'commander';
import { type Finding, type Verified, verifyBlobs } from '../operations/blobs/verify-blobs.js';
import { type Recount, recountFolders } from '../operations/folders/recount-folders.js';
import { formatBytes } from '../operations/format-bytes.js';
import { type Runner, runCommand } from './run-command.js';

interface VerifyCommandOptions {
  subset?: number;
  bucket?: string;
  tenant: string;
}

/** `granary verify`: exit code 1 when something is damaged, 3 when something could not be reached. */
export function verifyCommand(runner: Runner): Command {
  return new Command('verify')
    .description('read stored content back, and check that it is what was stored')
    .option('--subset <percent>', 'only so much of it, chosen at random, such as 5%', parseShare)
    .option('--bucket <name>', 'only the content of one bucket')
    .option('--tenant <name>', 'the tenant of the bucket', 'default')
    .action((options: VerifyCommandOptions, command: Command) =>
      runCommand(runner, command, async (progress) => {
        const { subset, bucket, tenant } = options;
        const granary = await runner.host.openGranary();
        const chosen = bucket === undefined ? undefined : { name: bucket, tenant };
        const verified = await verifyBlobs(granary, {
          ...(subset === undefined ? {} : { share: subset }),
          ...(chosen === undefined ? {} : { bucket: chosen }),
          onProgress: ({ blobs, bytes }) => progress(`${blobs} blobs read (${formatBytes(bytes)})`),
        });
        const totals = await recountFolders(granary, chosen);
        const report = { text: describe(verified, totals), facts: { ...verified, totals } };
        if (verified.findings.length > 0 || totals.wrong > 0) {
          return { ...report, result: 'failed' };
        }
        return { ...report, result: verified.unreachable > 0 ? 'incomplete' : 'complete' };
      }),
    );
}

function parseShare(text: string): number {
  const match = /^(\d{1,3}(?:\.\d{1,6})?)%?$/.exec(text);
  const percent = Number(match?.[1]);
  if (match === null || percent <= 0 || percent > 100) {
    throw new InvalidArgumentError('It must be a percentage, more than 0% and at most 100%.');
  }
  return percent / 100;
}

function describe(verified: Verified, totals: Recount): string {
  const { total, blobs, bytes, closed, unreachable, seconds, findings } = verified;
  const rate = formatBytes(Math.round(bytes / Math.max(seconds, 0.001)));
  const lines = [`${blobs} of ${total} blobs read: ${formatBytes(bytes)} in ${seconds.toFixed(1)} s (${rate}/s).`];
  if (closed > 0) {
    lines.push(`Of ${closed} of them only presence and length were checked: their keys are not here.`);
  }
  if (unreachable > 0) {
    lines.push(`${unreachable} could not be read, as their stores cannot be reached: the log says why.`);
  }
  if (totals.wrong > 0) {
    lines.push(`The totals of ${totals.wrong} of ${totals.folders} folders were wrong, and have been counted anew.`);
  }
  const wrong = findings.length === 1 ? '1 is damaged:' : `${findings.length} are damaged:`;
  lines.push(findings.length === 0 ? 'Nothing is wrong.' : wrong, ...findings.flatMap(linesOf));
  return lines.join('\n');
}

function linesOf({ blobId, damage, part, path, versions }: Finding): string[] {
  const place = path === null ? 'in its row' : `at ${path}`;
  const where = `${damage}: ${part === 'key' ? 'the wrapped key of the ' : ''}blob ${blobId} ${place}`;
  return [
    where,
    ...versions.map(({ tenant, bucket, key, versionId }) => `  ${tenant} ${bucket}/${key} version ${versionId}`),
  ];
}
