import { retryConflicts, statement } from '../../database/database.js';
import { GranaryError, isGranaryError } from '../../errors.js';
import { storeOf } from '../../storage/blob-path.js';
import { eventOrigin } from '../audit/event-origin.js';
import type { BucketState } from '../buckets/bucket-cache.js';
import type { RequestContext } from '../context.js';
import type { StorageClass } from '../types.js';
import { type BlobMove, copyBlobBytes, type MovableBlob, movableColumns, withdrawCopies } from './copy-blob-bytes.js';
import { refuseDamaged } from './notice-damage.js';
import { type PlacedObject, type Placement, placementOf } from './placement.js';

/** What is written down of who moves a version. Background work has no caller. */
export type TransitionContext = Pick<RequestContext, 'granary' | 'requestId' | 'sourceIp'> & {
  caller?: RequestContext['caller'];
};

/** A version that is to have another class. */
export interface Transition {
  version: PlacedObject & { id: number };
  storageClass: StorageClass;
  action: 's3:LifecycleTransition' | 'granary:ChangeStorageClass';
}

/** `changed`: the version was deleted, moved or healed meanwhile, and nothing was done. */
export type TransitionOutcome = { outcome: 'ok'; storedSize: number } | { outcome: 'changed' | 'stale' };

const findBlobs = statement(
  'find_movable_blobs',
  `SELECT ${movableColumns} FROM blob b
   WHERE b.path IS NOT NULL AND b.id IN (
     SELECT v.blob_id FROM object_version v WHERE v.id = $1 AND v.blob_id IS NOT NULL
     UNION SELECT p.blob_id FROM version_part p WHERE p.version_id = $1)
   ORDER BY b.id`,
);

const transition = statement(
  'transition_version',
  `SELECT * FROM transition_version($1, $2, $3, $4, $5, $6, $7::uuid[], $8::text[], $9::uuid[], $10::text[], $11::text[],
     $12, $13, $14, $15)`,
);

/** A copy is lost when a sweep or a collection took it: a second attempt copies anew. */
const mostAttempts = 3;

/**
 * Gives a version another class, and its bytes the store of that class, while it can be read and written. Bytes are
 * copied as they are stored, and read back; then one transaction refers the version to them, and the old ones stay for the grace, so
 * that reads under way end well. Everything else of the version stays, its id, entity tag and dates included. Killed at
 * any point, it leaves what a killed upload leaves.
 * @throws GranaryError Internal when the stored bytes are damaged; whatever the stores throw.
 */
export async function transitionVersion(
  context: TransitionContext,
  bucket: BucketState,
  change: Transition,
): Promise<TransitionOutcome> {
  const { version, storageClass } = change;
  const placement = placementOf(bucket.placement, { ...version, storageClass });
  for (let attempt = 1; attempt <= mostAttempts; attempt += 1) {
    const moves = await copyBytes(context, version.id, placement);
    if (moves === null) {
      return { outcome: 'changed' };
    }
    const row = await promote(context, bucket, { ...change, moves, placement });
    if (row.outcome !== 'lost') {
      return row;
    }
  }
  throw new GranaryError('Unavailable', 'The moved content was lost again and again before it could be used.');
}

/** Null when a blob changed its place meanwhile; then no copies are left. */
async function copyBytes(
  { granary }: TransitionContext,
  versionId: number,
  { store }: Placement,
): Promise<BlobMove[] | null> {
  const blobs = await granary.database.query<MovableBlob>(findBlobs, [versionId]);
  const moves: BlobMove[] = [];
  try {
    for (const blob of blobs.filter(({ path }) => storeOf(path) !== store)) {
      refuseDamaged(blob.damage);
      const move = await copyBlobBytes(granary, blob, store);
      if (move === 'changed') {
        await withdrawCopies(granary, pendingOf(moves));
        return null;
      }
      if (move !== 'kept') {
        moves.push(move);
      }
    }
  } catch (error) {
    await withdrawCopies(granary, pendingOf(moves));
    throw error;
  }
  return moves;
}

type Promotion = Transition & { moves: BlobMove[]; placement: Placement };

async function promote(
  context: TransitionContext,
  bucket: BucketState,
  promotion: Promotion,
): Promise<TransitionOutcome | { outcome: 'lost' }> {
  const { granary } = context;
  const pending = pendingOf(promotion.moves);
  const values = transitionValues(context, bucket, promotion);
  try {
    const [row] = await retryConflicts(() =>
      granary.database.query<{ outcome: 'ok' | 'changed' | 'stale' | 'lost'; stored: number }>(transition, values),
    );
    if (row?.outcome === 'ok') {
      return { outcome: 'ok', storedSize: row.stored };
    }
    await withdrawCopies(granary, pending);
    return { outcome: row?.outcome ?? 'changed' };
  } catch (error) {
    // When the outcome of the commit is unknown nothing is touched: the sweep finds out later.
    if (!isGranaryError(error, 'Unavailable')) {
      await withdrawCopies(granary, pending);
    }
    throw error;
  }
}

function transitionValues(context: TransitionContext, bucket: BucketState, change: Promotion): unknown[] {
  const { version, moves, placement } = change;
  return [
    bucket.id,
    bucket.revision,
    version.key,
    version.id,
    version.storageClass,
    change.storageClass,
    moves.map(({ from }) => from.id),
    moves.map(({ from }) => from.path),
    moves.map(({ to }) => to),
    moves.map(({ domain }) => domain),
    placement.copies.length === 0 ? null : placement.copies,
    context.granary.settings.gcGraceSeconds,
    context.caller?.kind === 'user' ? context.caller.userId : null,
    change.action,
    eventOrigin(context),
  ];
}

function pendingOf(moves: readonly BlobMove[]): string[] {
  return moves.flatMap(({ to }) => (to === null ? [] : [to]));
}
