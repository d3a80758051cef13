import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { GranaryError } from '../errors.js';
import { syncDirectory } from '../storage/drivers/durable-directories.js';
import { undefinedWhenMissing, writeText } from './durable-files.js';

/** What a data directory may hold before a restore: keys that were imported, and what belongs to no data. */
const harmless = new Set(['keys', 'lost+found']);

/** @throws GranaryError Conflict while the data directory holds a restore that was not finished. */
export async function refuseUnfinishedRestore(dataDir: string): Promise<void> {
  const generation = await readMarker(dataDir);
  if (generation !== undefined) {
    throw new GranaryError(
      'Conflict',
      `The restore of the backup ${generation} into ${dataDir} was not finished. Run it again, or empty the directory.`,
      { reason: 'RestoreUnfinished' },
    );
  }
}

/**
 * Marks a data directory as one that is being restored, before anything else is put into it.
 * @returns `again` when it had the mark already, of the same backup.
 * @throws GranaryError Conflict when it holds anything else.
 */
export async function beginRestore(dataDir: string, generation: string): Promise<'first' | 'again'> {
  const begun = await readMarker(dataDir);
  if (begun === generation) {
    return 'again';
  }
  const entries = (await readdir(dataDir).catch(undefinedWhenMissing)) ?? [];
  if (entries.some((entry) => !harmless.has(entry))) {
    throw new GranaryError(
      'Conflict',
      `${dataDir} is not empty. A backup is restored into an empty directory only; keys/ may be there.`,
    );
  }
  await mkdir(dataDir, { recursive: true, mode: 0o711 });
  await writeText(markerOf(dataDir), `${generation}\n`);
  return 'first';
}

/** Says that everything is there: from now on a server may start. */
export async function finishRestore(dataDir: string): Promise<void> {
  await rm(markerOf(dataDir));
  await syncDirectory(dataDir);
}

async function readMarker(dataDir: string): Promise<string | undefined> {
  return (await readFile(markerOf(dataDir), 'utf8').catch(undefinedWhenMissing))?.trim();
}

function markerOf(dataDir: string): string {
  return join(dataDir, 'restoring');
}
