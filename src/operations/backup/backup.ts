import { mkdir, rm } from 'node:fs/promises';
import { inSnapshot, SharedLock } from '../../database/snapshot.js';
import { syncDirectory } from '../../storage/drivers/durable-directories.js';
import type { Granary } from '../context.js';
import { BackupDirectory, type Manifest, newGenerationId, newManifest } from './backup-directory.js';
import { backUpFiles, type CopiedFiles } from './backup-files.js';
import { backUpRows, namedFilesPath, type RowsSnapshot } from './backup-rows.js';
import { type PrunedBackups, pruneBackups } from './prune-backups.js';

export interface BackupOptions {
  /** Where the backups are; made when it is missing. */
  directory: string;
  /** How many generations stay, with the new one; all when absent. */
  keep?: number | undefined;
  onProgress?: ((done: CopiedFiles) => void) | undefined;
}

export interface FinishedBackup extends CopiedFiles {
  manifest: Manifest;
  pruned: PrunedBackups;
}

/**
 * Backs up all rows of one moment and the bytes that they name, while servers read and write. Every write that was
 * acknowledged before is in it, whole. Bytes that the directory has already are not copied again. One that is
 * killed leaves no generation, and bytes that the next one finds there.
 */
export async function backUp(
  granary: Pick<Granary, 'database' | 'store'>,
  options: BackupOptions,
): Promise<FinishedBackup> {
  const directory = new BackupDirectory(options.directory);
  const unlock = await directory.lock();
  try {
    await directory.prepare();
    const { manifest, copied } = await backUpGeneration(granary, directory, options);
    const pruned = await pruneBackups(directory, { keep: options.keep, newest: manifest.id });
    return { ...copied, manifest, pruned };
  } finally {
    await unlock();
  }
}

/** While the lock is held, collection removes no bytes: see collect-garbage.ts. It is taken before the rows are read. */
async function backUpGeneration(
  granary: Pick<Granary, 'database' | 'store'>,
  directory: BackupDirectory,
  options: BackupOptions,
): Promise<{ manifest: Manifest; copied: CopiedFiles }> {
  await using lock = await SharedLock.take(granary.database.url, 'backup');
  const startedAt = new Date();
  const id = newGenerationId(startedAt);
  const previous = (await directory.finished()).at(-1);
  await mkdir(directory.generation(id), { mode: 0o700 });
  const rows = await inSnapshot(lock.client, () => backUpRows(lock.client, directory, id));
  const onProgress = options.onProgress ?? (() => undefined);
  const { list, ...copied } = await backUpFiles({ granary, directory, id, previous, onProgress });
  await lock.requireHeld();
  await syncDirectory(directory.generation(id));
  const manifest = describe({ id, startedAt, rows, files: list, missing: copied.missing });
  await directory.finish(manifest);
  await rm(namedFilesPath(directory));
  return { manifest, copied };
}

function describe(parts: {
  id: string;
  startedAt: Date;
  rows: RowsSnapshot;
  files: Manifest['files'];
  missing: string[];
}): Manifest {
  const { id, startedAt, rows, files, missing } = parts;
  const times = { startedAt: startedAt.toISOString(), finishedAt: new Date().toISOString() };
  return newManifest({ id, ...times, ...rows, files, missing });
}
