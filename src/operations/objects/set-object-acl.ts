import type { Acl } from '../../auth/acl/acl.js';
import { statement } from '../../database/database.js';
import { aclOf, objectAcl, ownerOf, type StoredAcl, usesAcls } from '../access/acl-access.js';
import { type AskedAcl, refuseAcl, refusePublic, resolveAcl } from '../access/asked-acl.js';
import { asking } from '../access/asking.js';
import { isPermitted, resolveBucket } from '../access/authorize.js';
import { recordEvent } from '../audit/record-event.js';
import type { RequestContext } from '../context.js';
import type { ObjectAddress, ObjectInfo, VersionAddress } from '../types.js';
import { findVersion } from './find-version.js';
import { toObjectInfo } from './version-row.js';
import { noSuchKey } from './write-outcome.js';

const setAcl = statement(
  'set_object_acl',
  `UPDATE object_version SET acl = $3 WHERE id = $1 AND bucket_id = $2 AND state = 'COMMITTED' RETURNING id`,
);

/** Replaces the access control list of a version. https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectAcl.html */
export async function setObjectAcl(
  context: RequestContext,
  { acl: asked, ...input }: VersionAddress & { acl: AskedAcl },
): Promise<ObjectInfo> {
  const { bucket, version } = await findVersion(context, { ...input, want: 'head', action: 's3:PutObjectAcl' });
  const bucketOwner = ownerOf(bucket);
  if (!usesAcls(bucket)) {
    // Tools give a copy the list of its source: what says what is the case anyway is nothing to refuse.
    const { key, versionId } = input;
    const action = versionId === undefined ? 's3:PutObjectAcl' : 's3:PutObjectVersionAcl';
    const access = { action, bucket, key, existingTags: version.tags, rowId: version.id };
    await refuseAcl(asking(context, { versionId }), asked, access);
    return toObjectInfo(version);
  }
  const before = await objectAcl(context, bucket, { key: input.key, rowId: version.isNull ? 0 : version.id });
  const acl = await resolveAcl(context, asked, { owner: before?.owner ?? bucketOwner, bucketOwner });
  refusePublic(bucket, acl);
  await context.granary.database.transaction(async (tx) => {
    const changed = await tx.query(setAcl, [version.id, bucket.id, JSON.stringify(acl)]);
    if (changed.length === 0) {
      throw noSuchKey(input.key);
    }
    await recordEvent(tx, context, {
      action: 's3:PutObjectAcl',
      tenantId: bucket.tenantId,
      bucketId: bucket.id,
      key: input.key,
      versionId: version.id,
      details: { acl },
    });
  });
  return toObjectInfo(version);
}

/** The list of a version; where lists do not count, that of the bucket's owner alone. */
export async function getObjectAcl(
  context: RequestContext,
  input: VersionAddress,
): Promise<{ acl: Acl; object: ObjectInfo }> {
  const { bucket, version } = await findVersion(context, { ...input, want: 'head', action: 's3:GetObjectAcl' });
  const acl = await objectAcl(context, bucket, { key: input.key, rowId: version.isNull ? 0 : version.id });
  if (acl === undefined) {
    throw noSuchKey(input.key);
  }
  return { acl, object: toObjectInfo(version) };
}

interface ShownVersion {
  address: ObjectAddress;
  object: Pick<ObjectInfo, 'isLatest' | 'versionId' | 'tags'>;
  storedAcl: () => Promise<StoredAcl | null>;
}

/** The list of a version that the caller was let see; null when the caller may not see the list. */
export async function visibleObjectAcl(
  context: RequestContext,
  { address, object, storedAcl }: ShownVersion,
): Promise<Acl | null> {
  const bucket = await resolveBucket(context, address);
  const { isLatest, versionId, tags } = object;
  const asked = isLatest ? context : asking(context, { versionId });
  const action = isLatest ? 's3:GetObjectAcl' : 's3:GetObjectVersionAcl';
  if (!(await isPermitted(asked, { action, bucket, key: address.key, existingTags: tags, storedAcl }))) {
    return null;
  }
  const found = await storedAcl();
  return found === null ? null : aclOf(bucket, found);
}
