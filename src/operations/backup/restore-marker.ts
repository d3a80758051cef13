import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { GranaryError } from '../../errors.js';
import { syncDirectory } from '../../storage/drivers/durable-directories.js';
import { undefinedWhenMissing, writeText } from './durable-files.js';

/** What a data directory may hold before a restore: keys that were imported, and what belongs to no data. */
const harmless = new Set(['keys', 'lost+found']);

/** @throws GranaryError Conflict while the data directory holds a restore that was not finished. */
export async function refuseUnfinishedRestore(dataDir: string): Promise<void> {
  const begun = await readMarker(dataDir);
  if (begun !== undefined) {
    throw new GranaryError(
      'Conflict',
      `The restore of the backup ${begun.generation} into ${dataDir} was not finished. Run it again, or empty the directory.`,
      { reason: 'RestoreUnfinished' },
    );
  }
}

/** A restore that was begun. */
export interface BegunRestore {
  /** `again` when the same one was begun before. */
  attempt: 'first' | 'again';
  /** What the restored installation is to be called: a copy must not pass for the original. The same in every attempt. */
  installationId: string;
}

/**
 * Marks a data directory as one that is being restored, before anything else is put into it.
 * @throws GranaryError Conflict when it holds anything else.
 */
export async function beginRestore(dataDir: string, generation: string): Promise<BegunRestore> {
  const begun = await readMarker(dataDir);
  if (begun?.generation === generation) {
    return { attempt: 'again', installationId: begun.installationId };
  }
  const entries = (await readdir(dataDir).catch(undefinedWhenMissing)) ?? [];
  if (entries.some((entry) => !harmless.has(entry))) {
    throw new GranaryError(
      'Conflict',
      `${dataDir} is not empty. A backup is restored into an empty directory only; keys/ may be there.`,
    );
  }
  await mkdir(dataDir, { recursive: true, mode: 0o711 });
  const installationId = randomUUID();
  await writeText(markerOf(dataDir), `${generation}\n${installationId}\n`);
  return { attempt: 'first', installationId };
}

/** Says that everything is there: from now on a server may start. */
export async function finishRestore(dataDir: string): Promise<void> {
  await rm(markerOf(dataDir));
  await syncDirectory(dataDir);
}

async function readMarker(dataDir: string): Promise<{ generation: string; installationId: string } | undefined> {
  const text = await readFile(markerOf(dataDir), 'utf8').catch(undefinedWhenMissing);
  const [generation = '', installationId = ''] = text?.split('\n') ?? [];
  return text === undefined ? undefined : { generation, installationId };
}

function markerOf(dataDir: string): string {
  return join(dataDir, 'restoring');
}
