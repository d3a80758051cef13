import { GranaryError } from '../../errors.js';
import type { BackupDirectory, Manifest } from './backup-directory.js';
import { readFileList } from './backup-file-list.js';
import { digestFile, type FileDigest, undefinedWhenMissing } from './durable-files.js';

/** What is wrong with a backup. */
export interface BackupFlaw {
  /** Below the backup's directory. */
  file: string;
  problem: 'missing' | 'changed';
}

export interface CheckedBackup {
  files: number;
  bytes: number;
  flaws: BackupFlaw[];
}

/** @throws GranaryError DigestMismatch when a table, or the list of files, is not as it was written. */
export async function checkRows(directory: BackupDirectory, manifest: Manifest): Promise<void> {
  const { flaws } = await check(rowFiles(directory, manifest));
  const [flaw] = flaws;
  if (flaw !== undefined) {
    throw new GranaryError('DigestMismatch', `The backup is damaged: ${flaw.file} is ${flaw.problem}.`, {
      reason: 'InvalidBackup',
    });
  }
}

/** Reads all of a generation, its bytes too, and compares them with what was written. */
export function checkBackup(directory: BackupDirectory, manifest: Manifest): Promise<CheckedBackup> {
  return check(allFiles(directory, manifest));
}

interface WrittenFile extends FileDigest {
  file: string;
}

async function check(files: AsyncIterable<WrittenFile>): Promise<CheckedBackup> {
  const checked: CheckedBackup = { files: 0, bytes: 0, flaws: [] };
  for await (const { file, bytes, sha256 } of files) {
    const found = await digestFile(file).catch(undefinedWhenMissing);
    checked.files += 1;
    checked.bytes += found?.bytes ?? 0;
    if (found === undefined) {
      checked.flaws.push({ file, problem: 'missing' });
    } else if (found.bytes !== bytes || found.sha256 !== sha256) {
      checked.flaws.push({ file, problem: 'changed' });
    }
  }
  return checked;
}

async function* allFiles(directory: BackupDirectory, manifest: Manifest): AsyncGenerator<WrittenFile> {
  yield* rowFiles(directory, manifest);
  for await (const { path, size, sha256 } of readFileList(directory.fileList(manifest.id))) {
    if (sha256 !== '') {
      yield { file: directory.blob(path), bytes: size, sha256 };
    }
  }
}

async function* rowFiles(directory: BackupDirectory, manifest: Manifest): AsyncGenerator<WrittenFile> {
  for (const table of manifest.tables) {
    yield { file: directory.table(manifest.id, table.name), bytes: table.bytes, sha256: table.sha256 };
  }
  const { bytes, sha256 } = manifest.files;
  yield { file: directory.fileList(manifest.id), bytes, sha256 };
}
