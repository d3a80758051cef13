import { randomBytes, randomFillSync } from 'node:crypto';

const pool = Buffer.alloc(4096);
let used = pool.length;

/** Names this process in `x-amz-id-2`, beside the request's own id. */
export const hostId = randomBytes(36).toString('base64');

/** A new request id: sixteen upper-case hex digits, as S3's. */
export function newRequestId(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const id = pool.toString('hex', used, used + 8).toUpperCase();
  used += 8;
  return id;
}
