import { v7 as uuid } from 'uuid';
import { statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import type { Granary } from '../context.js';
import { domainInStore } from './blob-domain.js';
import { checkBlob } from './check-blob.js';
import { freshPath } from './fresh-path.js';
import { refuseDamaged } from './notice-damage.js';
import { type CheckableBlob, checkableColumns, readThrough } from './read-through.js';

/** A live blob with a file, as far as a move to another store concerns it. */
export interface MovableBlob extends CheckableBlob {
  path: string;
  domain: string | null;
  /** Second copies are in place. */
  hasCopies: boolean;
}

/** The columns of {@link MovableBlob}, for a table called `b`. */
export const movableColumns = `${checkableColumns}, b.domain,
  EXISTS (SELECT FROM blob_copy c WHERE c.blob_id = b.id AND c.state = 'PLACED') AS "hasCopies"`;

/** What a reference to a blob is to be moved to. */
export interface BlobMove {
  from: MovableBlob;
  domain: string | null;
  /** The pending row of the copy; null when an equal blob is there to be shared. */
  to: string | null;
}

const findEqual = statement(
  'find_equal_blob',
  `SELECT e.id FROM blob b JOIN blob e ON e.scope = b.scope AND e.address = b.address AND e.domain = $2
   WHERE b.id = $1::uuid AND e.state = 'live' AND e.damage IS NULL`,
);

/** The row of an upload that nothing refers to yet: should the process die, it tells the sweep of the file. */
const announce = statement(
  'announce_blob_copy',
  `INSERT INTO blob (id, scope, address, size, state, path, domain, stored_size, format, wrapped_key)
   SELECT $2::uuid, scope, address, size, 'pending', $3, $4, stored_size, format, wrapped_key
   FROM blob WHERE id = $1::uuid AND path = $5 RETURNING id`,
);

const withdraw = statement(
  'withdraw_blob_copies',
  `UPDATE blob SET state = 'dead', dead_at = now() WHERE id = ANY ($1::uuid[]) AND state = 'pending'`,
);

/**
 * Sees to it that the bytes of a blob are in another store as well, as they are, and reads them back there. `changed`
 * when the blob has moved away by itself; `kept` when it had better stay, for nobody here can check its content and it
 * has second copies, which might be what is good of it. Whoever gets a pending row refers to it, or gives it to
 * {@link withdrawCopies}.
 * @throws GranaryError Internal when the stored bytes are damaged, and marked so by then; Unavailable when the copy is.
 */
export async function copyBlobBytes(
  granary: Granary,
  from: MovableBlob,
  store: string,
): Promise<BlobMove | 'changed' | 'kept'> {
  const domain = domainInStore(from.domain, store);
  if ((await granary.database.query(findEqual, [from.id, domain])).length > 0) {
    return { from, domain, to: null };
  }
  const to = uuid();
  const path = freshPath(from.path, store);
  if ((await granary.database.query(announce, [from.id, to, path, domain, from.path])).length === 0) {
    return 'changed';
  }
  try {
    await granary.store.copyBlob(from, path);
    if ((await checkCopy(granary, from, path)) === 'presence' && from.hasCopies) {
      await withdrawCopies(granary, [to]);
      return 'kept';
    }
  } catch (error) {
    await withdrawCopies(granary, [to]);
    throw error;
  }
  return { from, domain, to };
}

/** Says how far the new bytes could be checked. Most likely a bad copy was made of bad bytes: then those are marked. */
async function checkCopy(granary: Granary, from: MovableBlob, path: string): Promise<'content' | 'presence'> {
  const { damage, extent } = await readThrough(granary, from, { path });
  if (damage !== null) {
    refuseDamaged((await checkBlob(granary, from)).damage);
    throw new GranaryError('Unavailable', 'The moved content reads back as other bytes. Try again.');
  }
  return extent;
}

/** Gives copies up that nothing came to refer to. What cannot be marked now is found by the sweep. */
export async function withdrawCopies(granary: Granary, blobIds: readonly string[]): Promise<void> {
  if (blobIds.length === 0) {
    return;
  }
  try {
    await granary.database.query(withdraw, [blobIds]);
  } catch (error) {
    granary.log.warn({ error, blobIds }, 'Copies that nobody needs are left to the sweep');
  }
}
