import { randomBytes } from 'node:crypto';
import { announceMasterKeys } from '../../auth/master-key.js';
import { changingKeyFiles, masterKeyPath, readKeyFile, writeKeyFile } from '../../auth/master-key-file.js';
import { MASTER_KEY_LENGTH } from '../../auth/master-keys.js';
import { statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import { recordEvent } from '../audit/record-event.js';
import type { Granary } from '../context.js';
import { type RewrapOptions, type RewrappedKeys, rewrapKeys } from './rewrap-keys.js';

export interface RotateOptions extends RewrapOptions {
  /** `finish`, the default, makes a key only where there is no older one left of a rotation before; `always` makes one. */
  newKey?: 'finish' | 'always';
}

export interface RotatedKeys extends RewrappedKeys {
  /** The id of the key that seals from now on. */
  keyId: string;
  /** Null when no key was made. */
  madeKeyId: string | null;
  /** Ids of keys that are only kept to open what is old. */
  olderKeyIds: string[];
}

const findDefaultTenant = statement('find_tenant_of_rotation', `SELECT id FROM tenant WHERE name = 'default'`);

/**
 * Makes a new master key, tells every running process of it, and seals with it what older keys sealed. Where the keys
 * come from GRANARY_MASTER_KEY, the first of them is the new one, and only the second half is done. Killed at any
 * point and run again, it goes on where it was.
 */
export async function rotateKeys(granary: Granary, options: RotateOptions = {}): Promise<RotatedKeys> {
  const { settings, masterKeys } = granary;
  const madeKeyId = settings.masterKeys === undefined ? await addKey(granary, options.newKey ?? 'finish') : null;
  const rewrapped = await rewrapKeys(granary, options);
  const [keyId = '', ...olderKeyIds] = masterKeys.all.map((key) => key.id.toString('hex'));
  if (madeKeyId !== null || rewrapped.dataKeys + rewrapped.secrets > 0) {
    await recordRotation(granary, { keyId, madeKeyId, ...rewrapped });
  }
  return { keyId, madeKeyId, olderKeyIds, ...rewrapped };
}

async function addKey(granary: Granary, newKey: 'finish' | 'always'): Promise<string | null> {
  const { settings, masterKeys, database } = granary;
  const path = masterKeyPath(settings.dataDir);
  return changingKeyFiles(settings.dataDir, async () => {
    const known = await readKeyFile(path);
    if (known === undefined) {
      throw new GranaryError('InvalidInput', `${path} is missing.`, { reason: 'InvalidMasterKey' });
    }
    const isBegun = known.length > 1 && newKey === 'finish';
    const keys = isBegun ? known : [randomBytes(MASTER_KEY_LENGTH), ...known];
    if (!isBegun) {
      await writeKeyFile(settings.dataDir, path, keys);
    }
    masterKeys.replace(keys);
    await announceMasterKeys(database);
    return isBegun ? null : masterKeys.current.id.toString('hex');
  });
}

/** What changes a master key is recorded with the tenant of global administrators. */
async function recordRotation({ database }: Granary, details: object): Promise<void> {
  await database.transaction(async (tx) => {
    const [tenant] = await tx.query<{ id: number }>(findDefaultTenant);
    if (tenant !== undefined) {
      const origin = { requestId: 'command', sourceIp: null };
      await recordEvent(tx, origin, { action: 'granary:RotateMasterKey', tenantId: tenant.id, details });
    }
  });
}
