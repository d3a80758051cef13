import { statement } from '../../database/database.js';
import type { BlobDamage } from '../../entities/enums.js';
import { GranaryError } from '../../errors.js';
import { authorizeAction, theServer } from '../access/authorize-action.js';
import type { RequestContext } from '../context.js';
import { lowestUuid } from '../uuid.js';
import { repairBlob } from './repair-blob.js';
import { type BlobUse, versionsOfBlobs } from './versions-of-blobs.js';

/** A blob whose bytes are not what was stored. */
export interface DamagedBlob {
  id: string;
  damage: BlobDamage;
  damagedAt: Date;
  /** `row` for small content. */
  store: string;
  /** In bytes. */
  size: number;
  storedSize: number;
  /** How many second copies are in place to repair it from. */
  copies: number;
}

const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const damagedColumns = `
  b.id, b.damage, b.damaged_at AS "damagedAt", COALESCE(split_part(b.path, '/', 1), 'row') AS store, b.size,
  b.stored_size AS "storedSize",
  (SELECT count(*) FROM blob_copy c WHERE c.blob_id = b.id AND c.state = 'PLACED') AS copies`;

const listForward = statement(
  'list_damaged_blobs',
  `SELECT ${damagedColumns} FROM blob b
   WHERE b.damage IS NOT NULL AND b.state = 'live' AND b.id > COALESCE($1::uuid, ${lowestUuid}) ORDER BY b.id LIMIT $2`,
);

const findDamaged = statement(
  'find_damaged_blob',
  `SELECT ${damagedColumns} FROM blob b WHERE b.id = $1::uuid AND b.state = 'live' AND b.damage IS NOT NULL`,
);

/** For administrators: damaged blobs in the order of their ids. */
export async function listDamaged(
  context: RequestContext,
  input: { limit: number; after?: string | undefined },
): Promise<{ blobs: DamagedBlob[]; truncated: boolean }> {
  authorizeAction(context, 'granary:ListDamaged', theServer);
  const { limit, after } = input;
  const values = [after === undefined ? null : blobId(after), limit + 1];
  const blobs = await context.granary.database.query<DamagedBlob>(listForward, values);
  return { blobs: blobs.slice(0, limit), truncated: blobs.length > limit };
}

/** For administrators: some versions of each of the blobs, in the order of the ids. One query. */
export async function loadBlobUses(context: RequestContext, ids: readonly string[]): Promise<BlobUse[][]> {
  authorizeAction(context, 'granary:ListDamaged', theServer);
  const byBlob = Map.groupBy(await versionsOfBlobs(context.granary.database, ids), (use) => use.blobId);
  return ids.map((id) => byBlob.get(id) ?? []);
}

/** For administrators: repairs a damaged blob from a copy. Returns it as it still is, or null when it has no damage now. */
export async function repairDamaged(context: RequestContext, input: { id: string }): Promise<DamagedBlob | null> {
  authorizeAction(context, 'granary:RepairBlob', theServer);
  const id = blobId(input.id);
  await repairBlob(context.granary, id);
  const [blob] = await context.granary.database.query<DamagedBlob>(findDamaged, [id]);
  return blob ?? null;
}

function blobId(text: string): string {
  if (!uuidPattern.test(text)) {
    throw new GranaryError('InvalidInput', 'This is not the id of a blob.', { field: ['id'] });
  }
  return text;
}
