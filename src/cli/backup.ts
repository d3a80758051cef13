import { resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { backUp, type FinishedBackup } from '../operations/backup/backup.js';
import { BackupDirectory } from '../operations/backup/backup-directory.js';
import { type CheckedBackup, checkBackup } from '../operations/backup/check-backup.js';
import { formatBytes } from '../operations/format-bytes.js';
import { type Runner, runCommand } from './run-command.js';

interface BackupCommandOptions {
  keep?: number;
  verify?: true;
}

/** `granary backup`: exit code 3 when bytes are missing, or `--verify` finds other bytes than were written. */
export function backupCommand(runner: Runner): Command {
  return new Command('backup')
    .description('back up all rows and bytes, while the server runs; bytes that are there are not copied again')
    .argument('<dir>', 'where the backups are')
    .option('--keep <number>', 'how many backups stay; older ones are removed', parseCount)
    .option('--verify', 'read everything back, and compare it with what was written')
    .action((dir: string, options: BackupCommandOptions, command: Command) =>
      runCommand(runner, command, async (progress) => {
        const directory = resolve(dir);
        const granary = await runner.host.openGranary();
        const done = await backUp(granary, {
          directory,
          keep: options.keep,
          onProgress: ({ files, newFiles, newBytes }) =>
            progress(`${files} files seen, ${newFiles} copied (${formatBytes(newBytes)})`),
        });
        const checked = options.verify && (await checkBackup(new BackupDirectory(directory), done.manifest));
        const isWhole = done.missing.length === 0 && !checked?.flaws.length;
        return {
          text: describe(directory, done, checked),
          facts: factsOf(directory, done, checked),
          result: isWhole ? 'complete' : 'incomplete',
        };
      }),
    );
}

function parseCount(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) {
    throw new InvalidArgumentError('It must be a whole number, 1 or more.');
  }
  return Number(text);
}

function describe(directory: string, done: FinishedBackup, checked: CheckedBackup | undefined): string {
  const { manifest, pruned } = done;
  const rows = manifest.tables.reduce((sum, table) => sum + table.rows, 0);
  const lines = [
    `The backup ${manifest.id} in ${directory} has ${rows} rows and ${done.files} files (${formatBytes(done.bytes)}).`,
    `${done.newFiles} files (${formatBytes(done.newBytes)}) were copied; the others were there.`,
    ...done.missing.map((path) => `MISSING: ${path} is in no store`),
  ];
  if (checked !== undefined) {
    lines.push(
      `${checked.files} files (${formatBytes(checked.bytes)}) were read back.`,
      ...checked.flaws.map(({ file, problem }) => `DAMAGED: ${file} is ${problem}`),
    );
  }
  if (pruned.generations.length > 0) {
    lines.push(`Removed: ${pruned.generations.join(', ')}, and ${pruned.files} files (${formatBytes(pruned.bytes)}).`);
  }
  if (manifest.masterKeyIds.length > 0) {
    lines.push(`The master keys are not in it. To be of use it needs: ${manifest.masterKeyIds.join(', ')}.`);
  }
  return lines.join('\n');
}

function factsOf(directory: string, done: FinishedBackup, checked: CheckedBackup | undefined): object {
  const { manifest, ...counts } = done;
  const { id, startedAt, finishedAt, masterKeyIds, tables } = manifest;
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  return { directory, id, startedAt, finishedAt, rows, ...counts, masterKeyIds, verified: checked ?? null };
}
