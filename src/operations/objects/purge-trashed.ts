import { statement } from '../../database/database.js';
import { asking } from '../access/asking.js';
import { openBucket } from '../access/authorize.js';
import { recordEvent } from '../audit/record-event.js';
import type { RequestContext } from '../context.js';
import type { VersionAddress } from '../types.js';
import { parseVersionId } from './version-row.js';
import { noSuchVersion, objectLocked } from './write-outcome.js';

const findTrashed = statement(
  'find_trashed',
  `SELECT is_locked(v.lock_mode, v.retain_until, v.legal_hold, true) AS locked FROM object_version v
   WHERE v.bucket_id = $1 AND v.key = $2 AND v.id = $3 AND v.state = 'DELETING' AND NOT v.delete_marker
     AND v.purge_after > now() FOR UPDATE`,
);

// Later than the deletion, so that it still counts as trash until its bytes are released.
const endRetention = statement(
  'end_trash_retention',
  'UPDATE object_version SET purge_after = clock_timestamp() WHERE id = $1',
);

/**
 * Deletes a version in the trash for good: it cannot be restored any more, and its bytes are released within minutes.
 * @throws GranaryError Locked while object lock keeps it.
 */
export async function purgeTrashed(
  context: RequestContext,
  input: VersionAddress & { versionId: string },
): Promise<void> {
  const rowId = parseVersionId(input.versionId);
  const asked = asking(context, { versionId: input.versionId });
  const bucket = await openBucket(asked, input, 's3:DeleteObjectVersion');
  await context.granary.database.transaction(async (tx) => {
    const [found] = await tx.query<{ locked: boolean }>(findTrashed, [bucket.id, input.key, rowId]);
    if (found === undefined) {
      throw noSuchVersion(input.key, input.versionId);
    }
    if (found.locked) {
      throw objectLocked();
    }
    await tx.query(endRetention, [rowId]);
    const { tenantId, id: bucketId } = bucket;
    const event = { action: 'granary:DeleteFromTrash', tenantId, bucketId, key: input.key, versionId: rowId };
    await recordEvent(tx, context, event);
  });
}
