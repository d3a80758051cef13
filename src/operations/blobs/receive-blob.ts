import { v7 as uuid } from 'uuid';
import { statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import { blobPath } from '../../storage/blob-path.js';
import type { Received } from '../../storage/blob-store.js';
import type { BucketState } from '../buckets/bucket-cache.js';
import type { Granary } from '../context.js';
import { type InTheClear, type Protection, protect } from '../encryption/seal-content.js';
import { compressionOf } from '../objects/compressible-types.js';
import type { EncryptionRequest, IncomingBody, StorageClass } from '../types.js';
import { blobDomain } from './blob-domain.js';
import { type Placement, placementOf } from './placement.js';

/** Bytes that have arrived and are what they were said to be, but that no row refers to yet. */
export interface ReceivedBlob {
  id: string;
  /** The dedup scope: a tenant's id, or 0 for all tenants together. */
  scope: number;
  received: Received;
  /** Base64, when the body asked for one. */
  checksum: string | null;
  protection: Protection;
  placement: Placement;
}

/** A body and what decides how its bytes are kept. */
export interface ReceiveBlobInput {
  body: IncomingBody;
  key: string;
  contentType: string;
  storageClass: StorageClass;
  encryption?: EncryptionRequest | InTheClear | undefined;
  /** In bytes. */
  maxSize: number;
}

const insertPending = statement(
  'insert_pending_blob',
  `INSERT INTO blob (id, scope, address, size, state, path, domain, stored_size, format, wrapped_key)
   VALUES ($1, $2, $3, $4, 'pending', $5, $6, $7, $8, $9)`,
);

const abandonBlob = statement(
  'abandon_blob',
  `UPDATE blob SET state = 'dead', dead_at = now() WHERE id = $1 AND state = 'pending'`,
);

/** Takes in a body: small ones in memory, large ones into staging. Leaves nothing behind when it throws. */
export async function receiveBlob(
  granary: Granary,
  bucket: BucketState,
  input: ReceiveBlobInput,
): Promise<ReceivedBlob> {
  const { settings, store } = granary;
  const { body, maxSize, contentType } = input;
  const id = uuid();
  const protection = await protect(granary, bucket, input.encryption);
  const received = await store.receive(body.stream, {
    name: id,
    maxSize,
    inlineLimit: settings.inlineLimit,
    idleTimeoutMs: settings.idleTimeoutMs,
    seal: protection.dataKey?.seal ?? null,
    compression: compressionOf(bucket.compression, contentType),
    ...(body.length === undefined ? {} : { length: body.length }),
    ...(body.checksum === undefined ? {} : { checksum: body.checksum.algorithm }),
  });
  try {
    verifyDigests(body, received);
  } catch (error) {
    await discard(received);
    throw error;
  }
  return {
    id,
    scope: settings.dedupScope === 'global' ? 0 : bucket.tenantId,
    received,
    checksum: received.checksum?.toString('base64') ?? null,
    protection,
    placement: placementOf(bucket.placement, { ...input, size: received.size }),
  };
}

/** What put_version and put_part take of a blob, from its id to the stores of its copies. */
export function blobParameters(blob: ReceivedBlob): unknown[] {
  const { received, placement } = blob;
  const isInline = received.content.kind === 'inline';
  return [
    blob.id,
    blob.scope,
    received.sha256,
    received.size,
    received.content.kind === 'inline' ? received.content.bytes : null,
    domainOf(blob),
    received.storedSize,
    received.format,
    blob.protection.dataKey?.wrapped ?? null,
    isInline || placement.copies.length === 0 ? null : placement.copies,
  ];
}

/** See claim_blob. Small bytes lie in their row, whatever their class. */
function domainOf({ received, placement, protection }: ReceivedBlob): string | null {
  const place = received.content.kind === 'inline' ? 'row' : placement.store;
  return blobDomain(place, protection.domain);
}

/**
 * Makes the bytes durable, then runs `promote`, which refers to them in one transaction (see claim_blob). The blob's
 * row comes first and by itself, so that a crash at any point leaves a row that tells of the file.
 */
export async function storeBlob<T>(granary: Granary, blob: ReceivedBlob, promote: () => Promise<T>): Promise<T> {
  if (blob.received.content.kind === 'staged') {
    await placeFile(granary, blob);
  }
  try {
    return await promote();
  } catch (error) {
    // When the outcome of the commit is unknown nothing is touched: the sweep finds out later.
    if (!(error instanceof GranaryError && error.kind === 'Unavailable')) {
      await abandon(granary, blob);
    }
    throw error;
  }
}

/** Gives up bytes that `promote` did not come to refer to. */
async function abandon(granary: Granary, blob: ReceivedBlob): Promise<void> {
  if (blob.received.content.kind === 'staged') {
    await markDead(granary, blob.id);
  }
}

/** A pending row that cannot be marked now is found by the sweep; the error that led here says more than that one. */
async function markDead(granary: Granary, blobId: string): Promise<void> {
  try {
    await granary.database.query(abandonBlob, [blobId]);
  } catch (error) {
    granary.log.warn({ error, blobId }, 'An abandoned upload is left to the sweep');
  }
}

/** Gives up bytes that have no row yet. */
export async function discard(received: Received): Promise<void> {
  if (received.content.kind === 'staged') {
    await received.content.file.cancel();
  }
}

async function placeFile(granary: Granary, blob: ReceivedBlob): Promise<void> {
  const { id, received } = blob;
  if (received.content.kind !== 'staged') {
    return;
  }
  const { file } = received.content;
  const path = pathOf(granary, blob);
  // The row's commit and the file's fsync wait for the same disk at the same time.
  const [intent, synced] = await Promise.allSettled([
    granary.database.query(insertPending, pendingValues(blob, path)),
    file.sync(),
  ]);
  try {
    if (intent.status === 'rejected') {
      throw intent.reason;
    }
    if (synced.status === 'rejected') {
      throw synced.reason;
    }
    await file.commit(path);
  } catch (error) {
    await file.cancel();
    if (intent.status === 'fulfilled') {
      await markDead(granary, id);
    }
    throw error;
  }
}

function pendingValues(blob: ReceivedBlob, path: string): unknown[] {
  const { received, protection } = blob;
  const wrapped = protection.dataKey?.wrapped ?? null;
  return [
    blob.id,
    blob.scope,
    received.sha256,
    received.size,
    path,
    domainOf(blob),
    received.storedSize,
    received.format,
    wrapped,
  ];
}

/** The name of sealed bytes tells nothing of the content. */
function pathOf({ dataKeys }: Granary, { id, received, placement, protection }: ReceivedBlob): string {
  const { dataKey } = protection;
  const name = dataKey === null ? received.sha256 : dataKeys.pathName(dataKey.seal, received.sha256);
  return blobPath(placement.store, name, id);
}

function verifyDigests(body: IncomingBody, received: Received): void {
  if (body.sha256 !== undefined && !body.sha256.equals(received.sha256)) {
    throw new GranaryError('DigestMismatch', 'The content does not have the SHA-256 that was announced.', {
      reason: 'XAmzContentSHA256Mismatch',
      field: ['sha256'],
      data: {
        ClientComputedContentSHA256: body.sha256.toString('hex'),
        S3ComputedContentSHA256: received.sha256.toString('hex'),
      },
    });
  }
  if (body.md5 !== undefined && !body.md5.equals(received.md5)) {
    throw new GranaryError('DigestMismatch', 'The Content-MD5 you specified did not match what we received.', {
      reason: 'BadDigest',
      data: { ExpectedDigest: body.md5.toString('hex'), CalculatedDigest: received.md5.toString('base64') },
    });
  }
  const expected = body.checksum?.expected();
  if (expected !== undefined && received.checksum !== undefined && !expected.equals(received.checksum)) {
    throw new GranaryError(
      'DigestMismatch',
      `The ${body.checksum?.algorithm} you specified did not match the calculated checksum.`,
      { reason: 'BadDigest' },
    );
  }
}
