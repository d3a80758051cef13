import { statement } from '../../database/database.js';
import type { Granary } from '../context.js';
import { freeUpload } from './abort-upload.js';

const batchSize = 200;

const takeExpired = statement(
  'take_expired_uploads',
  `SELECT u.id FROM upload u JOIN bucket b ON b.id = u.bucket_id JOIN tenant t ON t.id = b.tenant_id
   WHERE u.state = 'OPEN' AND u.created_at <= now() - make_interval(secs => $1) AND t.suspended_at IS NULL LIMIT $2`,
);

const lockUpload = statement('lock_upload', 'SELECT lock_upload($1::uuid)');

// A statement of its own after the lock, for it must see what the lock waited for.
const findOpen = statement(
  'find_open_upload',
  `SELECT u.bucket_id AS "bucketId" FROM upload u WHERE u.id = $1::uuid AND u.state = 'OPEN'`,
);

/** Aborts multipart uploads that were left open for too long, but for those of suspended tenants. Returns how many it was. */
export async function expireUploads(granary: Granary, options: { olderThanSeconds?: number } = {}): Promise<number> {
  const seconds = options.olderThanSeconds ?? granary.settings.multipartExpirySeconds;
  let expired = 0;
  for (;;) {
    const batch = await granary.database.query<{ id: string }>(takeExpired, [seconds, batchSize]);
    for (const { id } of batch) {
      expired += (await expireUpload(granary, id)) ? 1 : 0;
    }
    if (batch.length < batchSize) {
      return expired;
    }
  }
}

/** Aborts one upload and frees its parts; false when it was not open any more. */
export function expireUpload(granary: Granary, uploadId: string): Promise<boolean> {
  return granary.database.transaction(async (tx) => {
    await tx.query(lockUpload, [uploadId]);
    const [open] = await tx.query<{ bucketId: number }>(findOpen, [uploadId]);
    if (open === undefined) {
      return false;
    }
    await freeUpload(tx, { uploadId, bucketId: open.bucketId }, granary.settings.gcGraceSeconds);
    return true;
  });
}
