import { v7 as uuid } from 'uuid';
import { statement } from '../database/database.js';
import { GranaryError } from '../errors.js';
import { blobPath } from '../storage/blob-path.js';
import type { Received } from '../storage/blob-store.js';
import type { BucketState } from './bucket-cache.js';
import type { Granary } from './context.js';
import type { IncomingBody } from './types.js';

/** Bytes that have arrived and are what they were said to be, but that no row refers to yet. */
export interface ReceivedBlob {
  id: string;
  /** The dedup scope: a tenant's id, or 0 for all tenants together. */
  scope: number;
  received: Received;
  /** Base64, when the body asked for one. */
  checksum: string | null;
}

const insertPending = statement(
  'insert_pending_blob',
  `INSERT INTO blob (id, scope, address, size, state, path) VALUES ($1, $2, $3, $4, 'pending', $5)`,
);

const abandonBlob = statement(
  'abandon_blob',
  `UPDATE blob SET state = 'dead', dead_at = now() WHERE id = $1 AND state = 'pending'`,
);

/** Takes in a body: small ones in memory, large ones into staging. Leaves nothing behind when it throws. */
export async function receiveBlob(
  granary: Granary,
  bucket: Pick<BucketState, 'tenantId'>,
  { body, maxSize }: { body: IncomingBody; maxSize: number },
): Promise<ReceivedBlob> {
  const { settings, store } = granary;
  const id = uuid();
  const received = await store.receive(body.stream, {
    name: id,
    maxSize,
    inlineLimit: settings.inlineLimit,
    idleTimeoutMs: settings.idleTimeoutMs,
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
  };
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

async function placeFile(granary: Granary, { id, scope, received }: ReceivedBlob): Promise<void> {
  if (received.content.kind !== 'staged') {
    return;
  }
  const { file } = received.content;
  const path = blobPath('hot', received.sha256, id);
  // The row's commit and the file's fsync wait for the same disk at the same time.
  const [intent, synced] = await Promise.allSettled([
    granary.database.query(insertPending, [id, scope, received.sha256, received.size, path]),
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

function verifyDigests(body: IncomingBody, received: Received): void {
  if (body.sha256 !== undefined && !body.sha256.equals(received.sha256)) {
    throw new GranaryError(
      'DigestMismatch',
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
      {
        reason: 'XAmzContentSHA256Mismatch',
        data: {
          ClientComputedContentSHA256: body.sha256.toString('hex'),
          S3ComputedContentSHA256: received.sha256.toString('hex'),
        },
      },
    );
  }
  if (body.md5 !== undefined && !body.md5.equals(received.md5)) {
    throw new GranaryError('DigestMismatch', 'The Content-MD5 you specified did not match what we received.', {
      reason: 'BadDigest',
      data: { ExpectedDigest: body.md5.toString('base64'), CalculatedDigest: received.md5.toString('base64') },
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
