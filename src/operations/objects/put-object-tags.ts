import { statement } from '../../database/database.js';
import { asking } from '../access/asking.js';
import { recordEvent } from '../audit/record-event.js';
import type { RequestContext } from '../context.js';
import { requeueReplication } from '../replication/queue-replication.js';
import type { ObjectInfo, VersionAddress } from '../types.js';
import { findVersion } from './find-version.js';
import { validTags } from './object-attributes.js';
import { toObjectInfo } from './version-row.js';
import { entityTag, noSuchKey, preconditionFailed } from './write-outcome.js';

const setTags = statement(
  'set_tags',
  `UPDATE object_version SET tags = $3 WHERE id = $1 AND bucket_id = $2 AND state = 'COMMITTED' RETURNING id`,
);

/**
 * A version; with `onlyRow` nothing that has taken the place of that row is meant, with `ifMatch` only one with this
 * entity tag, or any for `*`.
 */
type TaggedVersion = VersionAddress & { onlyRow?: number; ifMatch?: string | undefined };

/** The tags of a version. */
export async function getObjectTags(context: RequestContext, input: TaggedVersion): Promise<ObjectInfo> {
  const { version } = await findVersion(context, { ...input, want: 'head', action: 's3:GetObjectTagging' });
  return toObjectInfo(version);
}

/** Replaces all tags of a version. */
export async function putObjectTags(
  context: RequestContext,
  input: TaggedVersion & { tags: Record<string, string> },
): Promise<ObjectInfo> {
  const tags = validTags(input.tags);
  return setTagsOf(asking(context, { tags }), input, { action: 's3:PutObjectTagging', tags });
}

/** Removes all tags of a version. */
export async function deleteObjectTags(context: RequestContext, input: VersionAddress): Promise<ObjectInfo> {
  return setTagsOf(context, input, { action: 's3:DeleteObjectTagging', tags: {} });
}

async function setTagsOf(
  context: RequestContext,
  input: TaggedVersion,
  { action, tags }: { action: 's3:PutObjectTagging' | 's3:DeleteObjectTagging'; tags: Record<string, string> },
): Promise<ObjectInfo> {
  const { bucket, version } = await findVersion(context, { ...input, want: 'head', action });
  // Of one row it is always the same, so that it holds for the change as well.
  if (input.ifMatch !== undefined && input.ifMatch !== '*' && entityTag(input.ifMatch) !== version.etag) {
    throw preconditionFailed('If-Match');
  }
  await context.granary.database.transaction(async (tx) => {
    const changed = await tx.query(setTags, [version.id, bucket.id, JSON.stringify(tags)]);
    if (changed.length === 0) {
      throw noSuchKey(input.key);
    }
    if (version.replicationStatus !== null) {
      await requeueReplication(tx, version.id);
    }
    await recordEvent(tx, context, {
      action,
      tenantId: bucket.tenantId,
      bucketId: bucket.id,
      key: input.key,
      versionId: version.id,
    });
  });
  return { ...toObjectInfo(version), tags };
}
