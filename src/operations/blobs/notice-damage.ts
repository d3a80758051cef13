import { type Queryable, statement } from '../../database/database.js';
import type { BlobDamage } from '../../entities/enums.js';
import { GranaryError, isGranaryError } from '../../errors.js';
import type { Granary } from '../context.js';
import { recordDamageEvents } from './damage-event.js';

const markDamaged = statement(
  'mark_damaged',
  `UPDATE blob SET damage = $2, damaged_at = now()
   WHERE id = $1::uuid AND state = 'live' AND damage IS DISTINCT FROM $2 AND path IS NOT DISTINCT FROM $3
     AND wrapped_key IS NOT DISTINCT FROM $4 RETURNING id`,
);

const clearDamage = statement(
  'clear_damage',
  `UPDATE blob SET damage = NULL, damaged_at = NULL
   WHERE id = $1::uuid AND state = 'live' AND damage IS NOT NULL AND path IS NOT DISTINCT FROM $2 RETURNING id`,
);

/** What is known to be damaged is not read again, for its first bytes might be good. */
export function refuseDamaged(damage: BlobDamage | null): void {
  if (damage !== null) {
    const isMissing = damage === 'MISSING';
    throw new GranaryError('Internal', isMissing ? 'The content is missing.' : 'The stored content is damaged.', {
      reason: isMissing ? 'MissingBlob' : 'CorruptBlob',
    });
  }
}

/** For readers: what was missing may have come back, say with its mount, and whoever opens it finds out. */
export function refuseCorrupt(damage: BlobDamage | null): void {
  refuseDamaged(damage === 'MISSING' ? null : damage);
}

/** A blob, and where its bytes are; null for those in its row. */
interface BlobPlace {
  blobId: string;
  path: string | null;
}

/** A blob, and what was read: should it have other bytes by now, or elsewhere, nothing was found out about it. */
export interface ReadBlob extends BlobPlace {
  /** Tells bytes in the row from those that healed them. */
  wrappedKey: Buffer | null;
}

/** Lets a reading of a blob pass, and marks the blob when the reading finds it damaged or missing. */
export async function noticeDamage<T>(granary: Granary, blob: ReadBlob, read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    await rememberDamage(granary, blob, error);
    throw error;
  }
}

/** What an error of the store says of the blob; null when it says nothing. */
export function damageOf(error: unknown): BlobDamage | null {
  if (isUnreadable(error)) {
    return 'CORRUPT';
  }
  if (!isGranaryError(error, 'Internal')) {
    return null;
  }
  return error.reason === 'MissingBlob' ? 'MISSING' : error.reason === 'CorruptBlob' ? 'CORRUPT' : null;
}

/** The medium does not give the bytes back: for now, or for good. */
export function isUnreadable(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'EIO';
}

/**
 * Marks a blob as a reader's error says, but not for one failure of the medium: whether that lasts, the scrubber finds out.
 * Never throws: the reader's own error says more than a failure to write it down.
 */
export async function rememberDamage(granary: Granary, blob: ReadBlob, error: unknown): Promise<void> {
  const damage = isUnreadable(error) ? null : damageOf(error);
  if (damage === null) {
    return;
  }
  try {
    await markBlob(granary, blob, damage);
  } catch (failure) {
    const { blobId } = blob;
    granary.log.error({ blobId, damage, error: failure }, 'Stored content is damaged, and could not be marked');
  }
}

/** Marks a blob, and tells of it in the same transaction. False when it is marked so already, or has other bytes now. */
export async function markBlob(granary: Granary, blob: ReadBlob, damage: BlobDamage): Promise<boolean> {
  const { blobId, path, wrappedKey } = blob;
  const isNew = await granary.database.transaction(async (tx) => {
    const isMarked = (await tx.query(markDamaged, [blobId, damage, path, wrappedKey])).length > 0;
    if (isMarked) {
      await recordDamageEvents(tx, { blobId, action: 'granary:BlobDamaged', details: { damage } });
    }
    return isMarked;
  });
  if (isNew) {
    granary.metrics.damagedBlobs.inc({ damage });
    granary.log.error({ blobId, damage, path }, 'Stored content is damaged');
  }
  return isNew;
}

/** Takes the mark off a blob whose bytes are good again where they lie, say because a disk came back. */
export async function recoverBlob(granary: Granary, { blobId, path }: BlobPlace): Promise<boolean> {
  const isRecovered = await granary.database.transaction((tx: Queryable) => recover(tx, { blobId, path }));
  if (isRecovered) {
    granary.log.warn({ blobId, path }, 'Stored content that was damaged is good again');
  }
  return isRecovered;
}

async function recover(tx: Queryable, { blobId, path }: BlobPlace): Promise<boolean> {
  const isCleared = (await tx.query(clearDamage, [blobId, path])).length > 0;
  if (isCleared) {
    await recordDamageEvents(tx, { blobId, action: 'granary:BlobRecovered', details: {} });
  }
  return isCleared;
}
