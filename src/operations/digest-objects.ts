import { statement } from '../database/database.js';
import { isGranaryError } from '../errors.js';
import type { Granary } from './context.js';
import { digestVersion } from './object-sha256.js';

const batchSize = 100;

const findUndigested = statement(
  'list_undigested',
  `SELECT v.id, v.bucket_id AS "bucketId" FROM object_version v
   WHERE v.sha256 IS NULL AND v.part_count > 0 AND v.state = 'COMMITTED' AND v.id > $1
   ORDER BY v.id LIMIT $2`,
);

/** Computes the SHA-256 of objects that were put together from parts, one after the other. Returns how many. */
export async function digestObjects(granary: Granary): Promise<number> {
  let digested = 0;
  let last = 0;
  for (;;) {
    const batch = await granary.database.query<{ id: number; bucketId: number }>(findUndigested, [last, batchSize]);
    for (const version of batch) {
      digested += await digestOne(granary, version);
      last = version.id;
    }
    if (batch.length < batchSize) {
      return digested;
    }
  }
}

/** One object that cannot be read must not keep the others waiting. */
async function digestOne(granary: Granary, version: { id: number; bucketId: number }): Promise<0 | 1> {
  try {
    await digestVersion(granary, version);
    return 1;
  } catch (error) {
    if (!isGranaryError(error)) {
      throw error;
    }
    granary.log.error(
      { version: version.id, reason: error.reason },
      'An object could not be read to compute its digest',
    );
    return 0;
  }
}
