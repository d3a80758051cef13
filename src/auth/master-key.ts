import type { Settings } from '../config/settings.js';
import { type Database, type Queryable, statement } from '../database/database.js';
import { GranaryError } from '../errors.js';
import { createKeyFile, masterKeyPath, readKeyFile, readKeyFileSync, retiredKeyPath } from './master-key-file.js';
import { MasterKeys } from './master-keys.js';

/** Tells every process that the file of the master keys has changed. */
const CHANNEL = 'granary_master_key';

export type KeySettings = Pick<Settings, 'masterKeys' | 'dataDir'>;

// Of the blobs only the oldest and the newest thousand, which the primary key finds at once: a start must not read them all.
const findNeeded = statement(
  'find_needed_master_keys',
  `SELECT DISTINCT encode(id, 'hex') AS id FROM (
     SELECT substring(private_sealed FROM 2 FOR 4) AS id FROM signing_key
     UNION ALL SELECT substring(secret_sealed FROM 2 FOR 4) FROM access_key
     UNION ALL SELECT substring(secret_sealed FROM 2 FOR 4) FROM second_factor
     UNION ALL SELECT substring(key_sealed FROM 2 FOR 4) FROM encryption_key
     UNION ALL SELECT substring(secret_sealed FROM 2 FOR 4) FROM replication_target
     UNION ALL SELECT substring(client_secret_sealed FROM 2 FOR 4) FROM oidc_provider
       WHERE client_secret_sealed IS NOT NULL
     UNION ALL SELECT substring(bind_password_sealed FROM 2 FOR 4) FROM ldap_directory
     UNION ALL SELECT substring(wrapped_key FROM 3 FOR 4) FROM (
       (SELECT wrapped_key FROM blob ORDER BY id DESC LIMIT 1000) UNION ALL
       (SELECT wrapped_key FROM blob ORDER BY id LIMIT 1000)
     ) AS wrapped WHERE get_byte(wrapped_key, 1) = 1
   ) AS needed ORDER BY id`,
);

const announce = statement('announce_master_keys', `SELECT pg_notify('${CHANNEL}', '')`);

/**
 * The keys that seal secrets and data keys at rest: those of GRANARY_MASTER_KEY, or else of the file `keys/master.key`
 * in the data directory, which is made on the first start.
 *
 * Throws `InvalidInput` when a key that the database needs is missing: a new one could not open what is there.
 */
export async function loadMasterKeys(settings: KeySettings, database: Queryable): Promise<MasterKeys> {
  const needed = (await database.query<{ id: string }>(findNeeded)).map((row) => row.id);
  const known = await openMasterKeys(settings);
  if (known === undefined && needed.length > 0) {
    throw missing(settings, 'but no master key is here', needed);
  }
  const masterKeys = known ?? openKeys(settings, await createKeyFile(settings.dataDir));
  const unknown = needed.filter((id) => masterKeys.find(Buffer.from(id, 'hex')) === undefined);
  if (unknown.length > 0) {
    const source = settings.masterKeys === undefined ? masterKeyPath(settings.dataDir) : 'GRANARY_MASTER_KEY';
    throw missing(settings, `and ${source} has only others`, unknown);
  }
  return masterKeys;
}

/** Keeps the keys in step with their file, which a rotation changes. @returns what ends it. */
export async function followMasterKeys(parts: {
  settings: KeySettings;
  database: Database;
  masterKeys: MasterKeys;
  onProblem: (error: unknown) => void;
}): Promise<() => Promise<void>> {
  const { settings, database, masterKeys, onProblem } = parts;
  if (settings.masterKeys !== undefined) {
    return async () => undefined;
  }
  const reread = (): void => {
    readKeyFile(masterKeyPath(settings.dataDir)).then((keys) => keys && masterKeys.replace(keys), onProblem);
  };
  return database.listen(CHANNEL, reread, reread);
}

/** Makes every process read the file of the keys again. */
export async function announceMasterKeys(database: Queryable): Promise<void> {
  await database.query(announce);
}

/** The keys that there are, whatever a database needs; undefined when there are none. */
export async function openMasterKeys(settings: KeySettings): Promise<MasterKeys | undefined> {
  const keys = settings.masterKeys ?? (await readKeyFile(masterKeyPath(settings.dataDir)));
  return keys === undefined ? undefined : openKeys(settings, keys);
}

/** A process that has not heard of a rotation yet finds the keys itself, those that were retired included. */
function openKeys(settings: KeySettings, keys: readonly Buffer[]): MasterKeys {
  if (settings.masterKeys !== undefined) {
    return new MasterKeys(keys);
  }
  return new MasterKeys(keys, () => ({
    keys: readKeyFileSync(masterKeyPath(settings.dataDir)) ?? [],
    retired: readKeyFileSync(retiredKeyPath(settings.dataDir)) ?? [],
  }));
}

function missing(settings: KeySettings, where: string, ids: readonly string[]): GranaryError {
  const path = masterKeyPath(settings.dataDir);
  return new GranaryError(
    'InvalidInput',
    `The database holds what was sealed with the master key ${ids.join(', ')}, ${where}. ` +
      `Without it nothing of that can be read. Bring ${path} back from a backup of the keys, ` +
      'or from a recovery bundle (granary keys import --from FILE), or set GRANARY_MASTER_KEY.',
    { reason: 'InvalidMasterKey' },
  );
}
