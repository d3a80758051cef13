import { statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import { asking } from '../access/asking.js';
import { openBucket } from '../access/authorize.js';
import type { RequestContext } from '../context.js';
import type { VersionAddress, WriteConditions, WrittenObject } from '../types.js';
import { copyObject } from './copy-object.js';
import { bucketOf } from './list-objects.js';
import { formatVersionId, parseVersionId } from './version-row.js';
import { noSuchVersion } from './write-outcome.js';

export interface PromoteVersionInput extends VersionAddress {
  conditions?: WriteConditions | undefined;
}

// 0 stands for the null version, and null for the newest with content that is not shown.
const findPromoted = statement(
  'find_promoted_version',
  `SELECT v.id, v.is_null AS "isNull", v.is_latest AS "isLatest" FROM object_version v
   WHERE v.bucket_id = $1 AND v.key = $2 AND v.state = 'COMMITTED' AND NOT v.delete_marker
     AND CASE WHEN $3::bigint IS NULL THEN NOT v.is_latest WHEN $3 = 0 THEN v.is_null ELSE v.id = $3 END
   ORDER BY v.id DESC LIMIT 1`,
);

interface PromotedRow {
  id: number;
  isNull: boolean;
  isLatest: boolean;
}

/**
 * Makes a former version of a key its newest one again, as a copy that shares its bytes; without a version id the one
 * before the current one, or before the delete marker. Needs the rights of such a copy.
 */
export async function promoteVersion(context: RequestContext, input: PromoteVersionInput): Promise<WrittenObject> {
  const { key, versionId, conditions } = input;
  const target = { ...bucketOf(input), key };
  const asked = asking(context, { versionId, conditions, copySource: { ...target, versionId }, creates: 'true' });
  const bucket = await openBucket(asked, target, 's3:PutObject');
  const wanted = versionId === undefined ? null : parseVersionId(versionId);
  const [version] = await context.granary.database.query<PromotedRow>(findPromoted, [bucket.id, key, wanted]);
  if (version === undefined) {
    throw versionId === undefined ? nothingBefore() : noSuchVersion(key, versionId);
  }
  if (version.isLatest) {
    throw new GranaryError('Conflict', 'This is the current version.', { field: ['versionId'] });
  }
  return copyObject(context, {
    source: { ...target, versionId: formatVersionId(version) },
    target,
    metadataDirective: 'COPY',
    taggingDirective: 'COPY',
    unsaid: 'AS_SOURCE',
    ...(conditions === undefined ? {} : { conditions }),
  });
}

function nothingBefore(): GranaryError {
  return new GranaryError('NotFound', 'The object has no former version.', { reason: 'NoSuchVersion' });
}
