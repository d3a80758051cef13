import type { Queryable } from '../database/database.js';
import { GranaryError } from '../errors.js';
import { openBucket, withBucket } from './authorize.js';
import type { BucketState } from './bucket-cache.js';
import type { RequestContext } from './context.js';
import { findVersion, type ReadableVersion } from './find-version.js';
import { type StoredAttributes, storedAttributes } from './object-attributes.js';
import { checkCopyConditions } from './read-conditions.js';
import type {
  ObjectAddress,
  ObjectAttributes,
  ReadConditions,
  VersionAddress,
  WriteConditions,
  WrittenObject,
} from './types.js';
import { formatVersionId, toObjectInfo } from './version-row.js';
import { beginWrite, insertVersion, shareBlob, shareParts } from './write-version.js';

export interface CopyObjectInput {
  source: VersionAddress;
  target: ObjectAddress;
  /** REPLACE takes content type, headers and metadata from `attributes`, COPY from the source. */
  metadataDirective: 'COPY' | 'REPLACE';
  taggingDirective: 'COPY' | 'REPLACE';
  attributes?: ObjectAttributes;
  sourceConditions?: ReadConditions;
  conditions?: WriteConditions;
}

export interface CopiedObject extends WrittenObject {
  /** Present when the source's bucket has versioning. */
  sourceVersionId?: string;
}

/** S3's limit for one CopyObject; larger objects are copied by parts. */
const maxCopySize = 5 * 1024 ** 3;

/** Makes a new version with the bytes of another, by rows alone. */
export async function copyObject(context: RequestContext, input: CopyObjectInput): Promise<CopiedObject> {
  await openBucket(context, input.target, 's3:PutObject');
  const { bucket: from, version } = await findVersion(context, {
    ...input.source,
    want: 'head',
    action: 's3:GetObject',
  });
  checkCopyConditions(toObjectInfo(version), input.sourceConditions);
  refuseNoChange(input, from, version);
  const attributes = copiedAttributes(input, version);
  const copied = await withBucket(context, input.target, 's3:PutObject', (bucket) =>
    context.granary.database.transaction(async (tx) => {
      const begun = await beginWrite(tx, bucket, { key: input.target.key, conditions: input.conditions });
      return begun === 'stale'
        ? begun
        : copyVersion(tx, context, { bucket, version, attributes, key: input.target.key });
    }),
  );
  return from.versioning === 'UNVERSIONED' ? copied : { ...copied, sourceVersionId: formatVersionId(version) };
}

export interface CopyVersion {
  bucket: BucketState;
  key: string;
  version: ReadableVersion;
  attributes: StoredAttributes;
  /** The event's name; a copy when absent. */
  action?: string;
}

/** The copy itself, in a transaction that has begun the write of the target. */
export async function copyVersion(tx: Queryable, context: RequestContext, copy: CopyVersion): Promise<WrittenObject> {
  const { bucket, version } = copy;
  if (version.blobId !== null && !(await shareBlob(tx, version.blobId))) {
    throw sourceGone();
  }
  const object = await insertVersion(tx, context, bucket, {
    key: copy.key,
    blobId: version.blobId,
    size: version.size,
    etag: version.etag,
    sha256: version.sha256,
    attributes: copy.attributes,
    checksum: version.checksum,
    partCount: version.partCount,
    action: copy.action ?? 's3:CopyObject',
  });
  if (version.blobId === null && (await shareParts(tx, version.id, object.id)) !== version.partCount) {
    throw sourceGone();
  }
  return { object, versioned: bucket.versioning !== 'UNVERSIONED', deduplicated: true };
}

function copiedAttributes(input: CopyObjectInput, version: ReadableVersion): StoredAttributes {
  const given = storedAttributes(input.attributes ?? {});
  const kept = input.metadataDirective === 'COPY' ? version : given;
  return {
    contentType: kept.contentType,
    headers: kept.headers,
    metadata: kept.metadata,
    tags: input.taggingDirective === 'COPY' ? version.tags : given.tags,
    storageClass: given.storageClass,
  };
}

function refuseNoChange(input: CopyObjectInput, from: BucketState, version: ReadableVersion): void {
  const onto =
    input.target.key === version.key &&
    input.target.bucket === from.name &&
    input.target.tenant === input.source.tenant;
  if (
    onto &&
    version.isLatest &&
    input.source.versionId === undefined &&
    input.metadataDirective === 'COPY' &&
    input.taggingDirective === 'COPY'
  ) {
    throw new GranaryError(
      'InvalidInput',
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, " +
        'storage class, website redirect location or encryption attributes.',
      { reason: 'InvalidRequest' },
    );
  }
  if (version.size > maxCopySize) {
    throw new GranaryError(
      'InvalidInput',
      'The specified copy source is larger than the maximum allowable size for a copy source: 5368709120',
      {
        reason: 'InvalidRequest',
      },
    );
  }
}

function sourceGone(): GranaryError {
  return new GranaryError('Unavailable', 'The source was removed while it was being copied. Try again.');
}
