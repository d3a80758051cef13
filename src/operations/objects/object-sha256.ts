import type { Caller } from '../../auth/caller.js';
import { statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import type { Granary, RequestContext } from '../context.js';
import type { ObjectInfo } from '../types.js';
import { DigestsUnderWay } from './digests-under-way.js';
import type { ReadableVersion } from './find-version.js';
import { contentOf } from './open-content.js';
import { versionColumns } from './version-row.js';

const findUndigested = statement(
  'find_undigested',
  `SELECT ${versionColumns}, NULL AS "blobId", NULL AS path, NULL AS format, NULL AS "blobStoredSize", NULL::bytea AS "wrappedKey", NULL AS damage,
     NULL::bytea AS content FROM object_version v
   WHERE v.id = $1 AND v.bucket_id = $2 AND v.state = 'COMMITTED'`,
);

const keepDigest = statement('keep_digest', 'UPDATE object_version SET sha256 = $3 WHERE id = $1 AND bucket_id = $2');

const underWay = new DigestsUnderWay<number>();

/**
 * The SHA-256 of an object's whole content. Of an object made of parts it is known only after all of them were read
 * once: background work does that soon after the upload, and who asks sooner waits for it here.
 */
export async function objectSha256(context: RequestContext, object: ObjectInfo): Promise<Buffer> {
  return object.sha256 ?? digestVersion(context.granary, object, context.caller);
}

/** Reads a version, keeps its digest and returns it. The caller, if there is one, was allowed to see the version. */
export function digestVersion(
  granary: Granary,
  version: { id: number; bucketId: number },
  caller?: Caller,
): Promise<Buffer> {
  return underWay.digest(version.id, caller, () => readAndKeep(granary, version));
}

async function readAndKeep(granary: Granary, { id, bucketId }: { id: number; bucketId: number }): Promise<Buffer> {
  const [version] = await granary.database.query<ReadableVersion>(findUndigested, [id, bucketId]);
  if (version === undefined) {
    throw new GranaryError('NotFound', 'The specified version does not exist.', { reason: 'NoSuchVersion' });
  }
  if (version.sha256 !== null) {
    return version.sha256;
  }
  const content = contentOf(granary, version, {});
  const sha256 = await granary.store.digest(content.kind === 'bytes' ? [content.bytes] : await content.open());
  await granary.database.query(keepDigest, [id, bucketId, sha256]);
  return sha256;
}
