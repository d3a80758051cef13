import { type Database, type Queryable, statement } from '../../database/database.js';
import { GranaryError, isGranaryError } from '../../errors.js';
import type { BlobStore } from '../../storage/blob-store.js';

type Owners = BlobStore['owners'];

const ensureInstallation = statement(
  'ensure_installation',
  `INSERT INTO installation (number, installation_id) VALUES (1, gen_random_uuid()) ON CONFLICT (number) DO NOTHING`,
);
const findInstallation = statement('find_installation', 'SELECT installation_id AS id FROM installation');
const setInstallation = statement(
  'set_installation',
  `INSERT INTO installation (number, installation_id) VALUES (1, $1)
   ON CONFLICT (number) DO UPDATE SET installation_id = EXCLUDED.installation_id, created_at = now()`,
);

/** The id of the installation that has this database; made when there is none. */
export async function ensureInstallationId(database: Database): Promise<string> {
  await database.query(ensureInstallation);
  const [row] = await database.query<{ id: string }>(findInstallation);
  if (row === undefined) {
    throw new GranaryError('Internal', 'The installation could not be given an id.');
  }
  return row.id;
}

/** Makes what the database has another installation than the one it had its rows from. */
export async function setInstallationId(database: Queryable, id: string): Promise<void> {
  await database.query(setInstallation, [id]);
}

/**
 * Writes the id of an installation into each store that lies outside of the data directory, where none is there yet.
 * @throws GranaryError Conflict, reason `ForeignStore`, when a store is another installation's: each would take the
 * blobs of the other for strays. With `take over` the other one finds itself refused at its next start instead.
 */
export async function claimStores(owners: Owners, id: string, foreign: 'refuse' | 'take over'): Promise<void> {
  for (const store of owners.stores) {
    const owner = (await owners.read(store)) ?? (await writeFirst(owners, store, id));
    if (owner.trim() === id) {
      continue;
    }
    if (foreign === 'refuse') {
      throw foreignStore({ store, owner, id });
    }
    await owners.remove(store);
    await owners.write(store, id);
  }
}

/** @returns whose the store is then: processes may start together. */
async function writeFirst(owners: Owners, store: string, id: string): Promise<string> {
  try {
    await owners.write(store, id);
    return id;
  } catch (error) {
    if (!isGranaryError(error, 'Internal') || error.reason !== 'BlobExists') {
      throw error;
    }
    return (await owners.read(store)) ?? '';
  }
}

function foreignStore({ store, owner, id }: { store: string; owner: string; id: string }): GranaryError {
  const other = /^[0-9a-f-]{36}$/.test(owner.trim()) ? owner.trim() : 'another one';
  return new GranaryError(
    'Conflict',
    `The store ${store} belongs to another installation of Granary: its granary-owner names ${other}, and this is ${id}. ` +
      "Two in one place would take each other's files. Give this one a place of its own in GRANARY_STORES. " +
      'If it replaces the other one, which must never run again: restore with --take-over-stores, or remove granary-owner from the store.',
    { reason: 'ForeignStore' },
  );
}
