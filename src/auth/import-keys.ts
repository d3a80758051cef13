import { GranaryError } from '../errors.js';
import { changingKeyFiles, masterKeyPath, readKeyFile, writeKeyFile } from './master-key-file.js';
import { MasterKey } from './master-keys.js';

export interface ImportedKeys {
  /** Hexadecimal ids of what the key file holds now, the current one first. */
  keyIds: string[];
  /** How many of them were not there before. */
  added: number;
}

/** All keys of a data directory's key file. @throws GranaryError NotFound when there is none. */
export async function readAllKeys(dataDir: string): Promise<Buffer[]> {
  const path = masterKeyPath(dataDir);
  const keys = await readKeyFile(path);
  if (keys === undefined) {
    throw new GranaryError('NotFound', `There is no master key: ${path} is missing.`);
  }
  return keys;
}

/**
 * Puts keys into a data directory's key file. With `merge`, keys that are there stay, the current one first.
 * @param existing `keep` refuses to change a file with other keys.
 * @throws GranaryError Conflict when there are other keys.
 */
export async function importKeys(
  dataDir: string,
  keys: readonly Buffer[],
  existing: 'keep' | 'merge',
): Promise<ImportedKeys> {
  const path = masterKeyPath(dataDir);
  return changingKeyFiles(dataDir, async () => {
    const known = (await readKeyFile(path)) ?? [];
    const added = keys.filter((key) => !known.some((other) => other.equals(key)));
    const all = [...known, ...added];
    if (known.length > 0 && added.length > 0 && existing === 'keep') {
      throw new GranaryError('Conflict', `${path} holds other keys. --merge adds those of the bundle to them.`);
    }
    if (added.length > 0) {
      await writeKeyFile(dataDir, path, all);
    }
    return { keyIds: all.map((key) => new MasterKey(key).id.toString('hex')), added: added.length };
  });
}
