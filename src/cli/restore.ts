import { resolve } from 'node:path';
import { Command } from 'commander';
import { type FinishedRestore, restoreBackup } from '../operations/backup/restore.js';
import { type Verified, verifyBlobs } from '../operations/blobs/verify-blobs.js';
import { formatBytes } from '../operations/format-bytes.js';
import type { Host, Outcome } from './host.js';
import { type Progress, type Runner, runCommand } from './run-command.js';

interface RestoreCommandOptions {
  backup?: string;
  withoutKeys?: true;
  takeOverStores?: true;
}

/** `granary restore`: exit code 3 when keys or bytes are missing, 1 when what was read back is damaged. */
export function restoreCommand(runner: Runner): Command {
  return new Command('restore')
    .description('restore a backup into an empty database and an empty data directory')
    .argument('<dir>', 'where the backups are')
    .option('--backup <id>', 'which one; the newest when it is not given')
    .option('--without-keys', 'go on although master keys are missing; they must be imported before a server starts')
    .option('--take-over-stores', 'replace the installation that the stores belong to; it must never run again')
    .action((dir: string, options: RestoreCommandOptions, command: Command) =>
      runCommand(runner, command, async (progress) => {
        const { host } = runner;
        const done = await restoreBackup(
          { settings: host.settings, open: () => host.openEmpty() },
          {
            directory: resolve(dir),
            generation: options.backup,
            missingKeys: options.withoutKeys ? 'accept' : 'refuse',
            foreignStores: options.takeOverStores ? 'take over' : 'refuse',
            onProgress: ({ files, bytes }) => progress(`${files} files (${formatBytes(bytes)}) are back`),
          },
        );
        const verified = done.missingKeyIds.length > 0 ? null : await readSome(host, progress);
        return { text: describe(done, verified), facts: factsOf(done, verified), result: judge(done, verified) };
      }),
    );
}

/** Opens some of the content with its keys and compares it with its digests, as every reader will. */
async function readSome(host: Host, progress: Progress): Promise<Verified> {
  const granary = await host.openGranary();
  return verifyBlobs(granary, { share: 0.05, onProgress: ({ blobs }) => progress(`${blobs} blobs read`) });
}

function judge({ missingKeyIds, manifest }: FinishedRestore, verified: Verified | null): Outcome['result'] {
  if (verified !== null && verified.findings.length > 0) {
    return 'failed';
  }
  const isUnread = verified !== null && verified.unreachable > 0;
  return isUnread || missingKeyIds.length > 0 || manifest.missing.length > 0 ? 'incomplete' : 'complete';
}

function describe(done: FinishedRestore, verified: Verified | null): string {
  const { manifest, rows, files, bytes, missingKeyIds } = done;
  const lines = [
    `The backup ${manifest.id} is restored: ${rows} rows and ${files} files (${formatBytes(bytes)}), all found in place.`,
    ...manifest.missing.map((path) => `MISSING: ${path} was in no store when the backup was made`),
  ];
  if (verified !== null) {
    lines.push(
      `The content of ${verified.blobs} of ${verified.total} blobs was read. All of it: granary verify`,
      ...verified.findings.map(({ blobId, damage }) => `${damage}: blob ${blobId}`),
      ...(verified.unreachable > 0 ? [`${verified.unreachable} blobs could not be read: the log says why`] : []),
    );
  }
  if (missingKeyIds.length > 0) {
    lines.push(
      `MISSING: the master keys ${missingKeyIds.join(', ')}. Until they are here no server starts: granary keys import --from FILE`,
    );
  }
  return lines.join('\n');
}

function factsOf({ manifest, ...counts }: FinishedRestore, verified: Verified | null): object {
  return { id: manifest.id, startedAt: manifest.startedAt, ...counts, missing: manifest.missing, verified };
}
