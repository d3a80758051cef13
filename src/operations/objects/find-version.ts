import type { Acl } from '../../auth/acl/acl.js';
import { statement } from '../../database/database.js';
import type { BlobDamage } from '../../entities/enums.js';
import { GranaryError, isGranaryError } from '../../errors.js';
import { asking } from '../access/asking.js';
import { asksFor, authorize, denial, isPermitted, resolveBucket, withBucket } from '../access/authorize.js';
import { existingTagFamily } from '../access/policy-context.js';
import type { BucketState } from '../buckets/bucket-cache.js';
import type { Granary, RequestContext } from '../context.js';
import { checkCustomerKey } from '../encryption/seal-content.js';
import type { CustomerKey, VersionAddress } from '../types.js';
import { openRowContent } from './open-content.js';
import { formatVersionId, parseVersionId, type VersionRow, versionColumns } from './version-row.js';
import { noSuchKey, noSuchVersion, preconditionFailed } from './write-outcome.js';

/** A version with what leads to its bytes. */
export interface ReadableVersion extends VersionRow {
  blobId: string | null;
  path: string | null;
  /** The bits of the blob's format; see docs/format.md. */
  format: number | null;
  /** Bytes at the path; a version's own `storedSize` is that of when it was written. */
  blobStoredSize: number | null;
  wrappedKey: Buffer | null;
  damage: BlobDamage | null;
  /** The bytes themselves when they are small and were asked for, as they were sent. */
  content: Buffer | null;
  acl: Acl | null;
}

/** The bucket's own row comes back even when there is no such version: its absence says that the caller's copy is stale. */
const fromBucket = (content: string, condition: string) => `
  SELECT ${versionColumns}, v.blob_id AS "blobId", b.path, b.format, b.stored_size AS "blobStoredSize", b.wrapped_key AS "wrappedKey", b.damage, ${content} AS content, v.acl, v.xmin AS token
  FROM bucket k
  LEFT JOIN object_version v ON v.bucket_id = k.id AND v.key = $3 AND ${condition}
  LEFT JOIN blob b ON b.live_id = v.blob_id
  WHERE k.id = $1 AND k.revision = $2 AND k.deleted_at IS NULL`;

const isVisible = 'v.is_latest AND NOT v.delete_marker';
const isVersion = `v.state = 'COMMITTED' AND CASE WHEN $4::bigint = 0 THEN v.is_null ELSE v.id = $4 END`;

const readLatest = statement('read_latest', fromBucket('b.content', isVisible));
const readVersion = statement('read_version', fromBucket('b.content', isVersion));
const headLatest = statement('head_latest', fromBucket('NULL::bytea', isVisible));
const headVersion = statement('head_version', fromBucket('NULL::bytea', isVersion));

const findMarker = statement(
  'find_marker',
  `SELECT v.id, v.is_null AS "isNull" FROM object_version v
   WHERE v.bucket_id = $1 AND v.key = $2 AND v.state = 'COMMITTED' ORDER BY v.id DESC LIMIT 1`,
);

export interface FindVersionInput extends VersionAddress {
  /** `content` fetches small bytes along. */
  want: 'head' | 'content';
  /** Only this row will do: what has taken its place is not meant. */
  onlyRow?: number | undefined;
  /** A delete marker that was named is found like a version; refused when absent, as in S3. */
  markers?: 'SHOWN' | undefined;
  /** Opens small bytes that only the client can open. */
  customerKey?: CustomerKey;
  /** The policy action for the latest version; its `Version` sibling is asked for when a version is named. */
  action:
    | 's3:GetObject'
    | 's3:GetObjectAcl'
    | 's3:PutObjectAcl'
    | 's3:GetObjectTagging'
    | 's3:PutObjectTagging'
    | 's3:DeleteObjectTagging';
}

/**
 * The latest version of a key, or the one named. Throws `NoSuchKey` (with the delete marker, if that is why),
 * `NoSuchVersion`, `MethodNotAllowed` for a delete marker that was named, or that a precondition failed.
 */
export async function findVersion(
  context: RequestContext,
  input: FindVersionInput,
): Promise<{ bucket: BucketState; version: ReadableVersion }> {
  const rowId = input.versionId === undefined ? undefined : parseVersionId(input.versionId);
  const action = rowId === undefined ? input.action : input.action.replace('Object', 'ObjectVersion');
  const asked = asking(context, { versionId: input.versionId });
  const found = withBucket(asked, input, action, async (bucket, grounds) => {
    const version =
      rowId === undefined
        ? await readLatestVersion(context, bucket, input)
        : await readNamedVersion(context, bucket, { ...input, rowId });
    if (version === 'stale') {
      return version;
    }
    if (version === null) {
      throw await notFound(context, bucket, input);
    }
    if (version.deleteMarker && input.markers !== 'SHOWN') {
      throw new GranaryError('Conflict', 'The specified method is not allowed against this resource.', {
        reason: 'MethodNotAllowed',
        data: {
          deleteMarker: true,
          versionId: formatVersionId(version),
          lastModified: version.createdAt.toUTCString(),
        },
      });
    }
    if (grounds === 'acl' || asksFor(context, bucket, [existingTagFamily])) {
      // The list or the tags that let the request pass were those of another version, if this one has replaced it since.
      await authorize(asked, { action, bucket, key: input.key, existingTags: version.tags, rowId: version.id });
    }
    if (input.onlyRow !== undefined && version.id !== input.onlyRow) {
      throw preconditionFailed('If-Match');
    }
    return { bucket, version };
  });
  return found.catch(async (error: unknown) => {
    throw (await absence(context, input, error)) ?? error;
  });
}

/** AWS: who may not read a key but list it learns that there is none. */
async function absence(context: RequestContext, input: FindVersionInput, error: unknown): Promise<unknown> {
  // Of a suspended tenant nobody learns anything.
  const isRefused = isGranaryError(error, 'Denied') && error.reason === 'AccessDenied';
  if (!isRefused || input.versionId !== undefined) {
    return undefined;
  }
  const bucket = await resolveBucket(context, input);
  if (!(await isPermitted(asking(context, { prefix: input.key }), { action: 's3:ListBucket', bucket }))) {
    return undefined;
  }
  return (await readLatestVersion(context, bucket, { ...input, want: 'head' })) === null
    ? notFound(context, bucket, input)
    : undefined;
}

/** A row of {@link fromBucket}, in which there may be no version. */
type FoundRow = (ReadableVersion & { token: string }) | { [column in keyof ReadableVersion]: null };

type Found = ReadableVersion | null | 'stale';

async function readLatestVersion(
  { granary }: RequestContext,
  bucket: BucketState,
  input: FindVersionInput,
): Promise<Found> {
  const cached = granary.objects.find(bucket.id, input.key);
  if (cached !== undefined) {
    const latest = await granary.latest.confirm({ bucketId: bucket.id, revision: bucket.revision, key: input.key });
    if (latest === undefined) {
      return 'stale';
    }
    if (latest.id === cached.version.id && latest.token === cached.token) {
      return cached.version;
    }
  }
  const [row] = await granary.database.query<FoundRow>(input.want === 'content' ? readLatest : headLatest, [
    bucket.id,
    bucket.revision,
    input.key,
  ]);
  const found = await versionIn(granary, row, input.customerKey);
  if (found !== 'stale' && found !== null) {
    granary.objects.keep({ version: found, token: found.token });
  }
  return found;
}

async function readNamedVersion(
  { granary }: RequestContext,
  bucket: BucketState,
  input: FindVersionInput & { rowId: number },
): Promise<Found> {
  const [row] = await granary.database.query<FoundRow>(input.want === 'content' ? readVersion : headVersion, [
    bucket.id,
    bucket.revision,
    input.key,
    input.rowId,
  ]);
  return versionIn(granary, row, input.customerKey);
}

async function versionIn(
  granary: Granary,
  row: FoundRow | undefined,
  customerKey: CustomerKey | undefined,
): Promise<(ReadableVersion & { token: string }) | null | 'stale'> {
  if (row === undefined) {
    return 'stale';
  }
  if (row.id === null) {
    return null;
  }
  if (row.encryption?.algorithm === 'SSE-C') {
    if (customerKey === undefined) {
      return { ...row, content: null };
    }
    checkCustomerKey(row.encryption, customerKey);
  }
  return row.content === null ? row : { ...row, content: await openRowContent(granary, row, customerKey) };
}

async function notFound(context: RequestContext, bucket: BucketState, input: FindVersionInput): Promise<GranaryError> {
  // AWS: who may not list a bucket does not learn which keys it lacks.
  const asked = asking(context, { prefix: input.key });
  if (!(await isPermitted(asked, { action: 's3:ListBucket', bucket }))) {
    return denial(asked, { action: 's3:ListBucket', bucket });
  }
  if (input.versionId !== undefined) {
    return noSuchVersion(input.key, input.versionId);
  }
  const [marker] = await context.granary.database.query<{ id: number; isNull: boolean }>(findMarker, [
    bucket.id,
    input.key,
  ]);
  return noSuchKey(input.key, marker === undefined ? undefined : { versionId: formatVersionId(marker) });
}
