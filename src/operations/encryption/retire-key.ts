import { announceMasterKeys } from '../../auth/master-key.js';
import {
  changingKeyFiles,
  masterKeyPath,
  readKeyFile,
  retiredKeyPath,
  writeKeyFile,
} from '../../auth/master-key-file.js';
import { MasterKey } from '../../auth/master-keys.js';
import { GranaryError } from '../../errors.js';
import type { Granary } from '../context.js';
import { countKeyUses } from './count-key-uses.js';

export interface RetiredKey {
  keyId: string;
  /** The file that the key is in now. */
  path: string;
}

/**
 * Takes an older key out of the file that servers load. It is put aside, not destroyed: backups made before need it, and
 * so does an upload that began before the rotation and ends only now.
 * @throws GranaryError Conflict while rows need the key, or it is the current one; NotFound when there is no such key.
 */
export async function retireKey(granary: Granary, keyId: string): Promise<RetiredKey> {
  const { dataDir, masterKeys } = granary.settings;
  if (masterKeys !== undefined) {
    await requireUnused(granary, keyId);
    throw new GranaryError(
      'Conflict',
      `No row needs the key ${keyId}. It comes from GRANARY_MASTER_KEY: take it out there, and start the server again.`,
    );
  }
  const path = retiredKeyPath(dataDir);
  await changingKeyFiles(dataDir, async () => {
    const keys = (await readKeyFile(masterKeyPath(dataDir))) ?? [];
    const retired = keys.filter((key) => idOf(key) === keyId);
    const rest = keys.filter((key) => idOf(key) !== keyId);
    requireOlder(keys, keyId);
    await requireUnused(granary, keyId);
    await writeKeyFile(dataDir, path, [...retired, ...((await readKeyFile(path)) ?? [])]);
    await writeKeyFile(dataDir, masterKeyPath(dataDir), rest);
    granary.masterKeys.replace(rest);
    await announceMasterKeys(granary.database);
  });
  return { keyId, path };
}

function requireOlder(keys: readonly Buffer[], keyId: string): void {
  const [current, ...older] = keys.map(idOf);
  if (keyId === current) {
    throw new GranaryError('Conflict', `${keyId} is the current key. Make a new one first: granary keys rotate`);
  }
  if (!older.includes(keyId)) {
    throw new GranaryError('NotFound', `There is no key ${keyId}. See: granary keys list`);
  }
}

async function requireUnused(granary: Granary, keyId: string): Promise<void> {
  const rows = (await countKeyUses(granary)).find(({ id }) => id === keyId)?.rows ?? 0;
  if (rows > 0) {
    throw new GranaryError(
      'Conflict',
      `${rows} ${rows === 1 ? 'row still needs' : 'rows still need'} the key ${keyId}. Run first: granary keys rotate`,
    );
  }
}

function idOf(key: Buffer): string {
  return new MasterKey(key).id.toString('hex');
}
