import type { Acl } from '../../auth/acl/acl.js';
import type { Queryable } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import type { ChecksumAlgorithm } from '../../storage/checksums.js';
import { type AskedAcl, aclOfWrite } from '../access/asked-acl.js';
import { asking } from '../access/asking.js';
import { authorize, authorizeTags, openBucket, withBucket } from '../access/authorize.js';
import type { BucketState } from '../buckets/bucket-cache.js';
import type { RequestContext } from '../context.js';
import { checkCustomerKey } from '../encryption/seal-content.js';
import { replicationParameters } from '../replication/replication-parameters.js';
import { withinQuota } from '../tenants/quotas.js';
import type {
  CustomerKey,
  EncryptionRequest,
  ObjectAddress,
  ObjectAttributes,
  ObjectHeaders,
  ObjectLock,
  ReadConditions,
  VersionAddress,
  WriteConditions,
  WrittenObject,
} from '../types.js';
import { copyContent, needsOwnBytes } from './copy-content.js';
import { findVersion, type ReadableVersion } from './find-version.js';
import { handOnAcl, keepAsSource } from './keep-as-source.js';
import { attributesOf, type StoredAttributes, storedAttributes } from './object-attributes.js';
import { lockFor } from './object-lock.js';
import { checkCopyConditions } from './read-conditions.js';
import { formatVersionId, toObjectInfo } from './version-row.js';
import { beginWrite, insertVersion, shareBlob, shareParts } from './write-version.js';

export interface CopyObjectInput {
  source: VersionAddress;
  target: ObjectAddress;
  /** Where content type, headers and metadata come from: the source, `attributes`, or these where they say something. */
  metadataDirective: 'COPY' | 'REPLACE' | 'MERGE';
  taggingDirective: 'COPY' | 'REPLACE';
  attributes?: ObjectAttributes;
  sourceConditions?: ReadConditions;
  conditions?: WriteConditions;
  /** The row of the source, when nothing that has taken its place is meant. */
  sourceRow?: number;
  /** What becomes of what is not said: S3's and the bucket's defaults when absent, else what the source has. */
  unsaid?: 'AS_SOURCE' | undefined;
  /** Of the copy; none when absent, as in S3, where it is said anew. */
  websiteRedirectLocation?: string | undefined;
  /** Of a source with SSE-C. */
  sourceKey?: CustomerKey;
  /** Of the copy; its bucket's default when absent. */
  encryption?: EncryptionRequest;
  /** Of the copy; its bucket's default retention when absent. */
  lock?: ObjectLock;
  /** Who else may do what with the copy; nobody when absent. */
  acl?: AskedAcl | undefined;
  /** The row whose list the copy gets, as it is then. */
  aclFrom?: number | undefined;
  /** Of the copy; that of the source when absent. */
  checksumAlgorithm?: ChecksumAlgorithm | undefined;
  /** Of the source, in bytes; no limit when absent. */
  maxSize?: number;
}

export interface CopiedObject extends WrittenObject {
  /** Present when the source's bucket has versioning. */
  sourceVersionId?: string;
}

/** Makes a new version with the bytes of another: by rows alone, unless they have to be sealed or placed another way. */
export async function copyObject(context: RequestContext, wanted: CopyObjectInput): Promise<CopiedObject> {
  const asked = askingToCopy(context, wanted);
  const into = await openBucket(asked, wanted.target, 's3:PutObject');
  const { bucket: from, version } = await findVersion(context, {
    ...wanted.source,
    want: 'content',
    action: 's3:GetObject',
    onlyRow: wanted.sourceRow,
    ...(wanted.sourceKey === undefined ? {} : { customerKey: wanted.sourceKey }),
  });
  checkCustomerKey(version.encryption, wanted.sourceKey);
  checkCopyConditions(toObjectInfo(version), wanted.sourceConditions);
  refuseNoChange(wanted, from, version);
  const input = wanted.unsaid === 'AS_SOURCE' ? keepAsSource(wanted, { from, into, version }) : wanted;
  const attributes = copiedAttributes(input, version);
  await authorizeCopiedTags(context, input, { from, into, version });
  const source = { bucket: from, version, customerKey: input.sourceKey };
  const copied = (await needsOwnBytes(context, { source, into, attributes, input }))
    ? await copyContent(context, { source, into, attributes, input })
    : await shareContent(context, { version, attributes, input });
  return from.versioning === 'UNVERSIONED' ? copied : { ...copied, sourceVersionId: formatVersionId(version) };
}

/** Tags that the source gives are not of the request. */
function askingToCopy(context: RequestContext, input: CopyObjectInput): RequestContext {
  const { source, attributes, taggingDirective } = input;
  const tags = taggingDirective === 'REPLACE' ? attributes?.tags : undefined;
  return asking(context, { ...input, ...attributes, tags, copySource: source, creates: 'true' });
}

async function shareContent(
  context: RequestContext,
  { version, attributes, input }: { version: ReadableVersion; attributes: StoredAttributes; input: CopyObjectInput },
): Promise<WrittenObject> {
  const { key } = input.target;
  const asked = askingToCopy(context, input);
  return withBucket(asked, input.target, 's3:PutObject', async (bucket) => {
    const lock = await lockFor(asked, bucket, { key, lock: input.lock });
    const acl = await aclOfWrite(asked, bucket, { key, acl: input.acl });
    return context.granary.database.transaction(async (tx) => {
      const begun = await beginWrite(tx, bucket, { key, conditions: input.conditions });
      return begun === 'stale'
        ? begun
        : withinQuota(tx, context, bucket, async () => {
            const copied = await copyVersion(tx, context, { bucket, version, attributes, key, lock, acl });
            await handOnAcl(tx, { from: input.aclFrom, to: copied.object.id });
            return copied;
          });
    });
  });
}

export interface CopyVersion {
  bucket: BucketState;
  key: string;
  version: ReadableVersion;
  attributes: StoredAttributes;
  lock: ObjectLock | null;
  acl: Acl | null;
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
    storedSize: version.storedSize,
    etag: version.etag,
    sha256: version.sha256,
    attributes: copy.attributes,
    checksum: version.checksum,
    partCount: version.partCount,
    encryption: version.encryption,
    lock: copy.lock,
    acl: copy.acl,
    replication: replicationParameters(bucket, { key: copy.key, tags: copy.attributes.tags, what: 'content' }),
    action: copy.action ?? 's3:CopyObject',
  });
  if (version.blobId === null && (await shareParts(tx, version.id, object.id)) !== version.partCount) {
    throw sourceGone();
  }
  return { object, versioned: bucket.versioning !== 'UNVERSIONED', deduplicated: true };
}

/** What is said of the headers takes the place of what was kept; an empty one is none. */
function withHeaders(kept: ObjectHeaders, said: ObjectHeaders = {}): ObjectHeaders {
  const given = Object.entries(said).filter(([, value]) => value !== undefined);
  return Object.fromEntries(Object.entries({ ...kept, ...Object.fromEntries(given) }).filter(([, value]) => value));
}

function copiedAttributes(input: CopyObjectInput, version: ReadableVersion): StoredAttributes {
  const { attributes = {}, metadataDirective, taggingDirective } = input;
  const given = storedAttributes(attributes);
  const kept = attributesOf(version);
  const described = {
    COPY: kept,
    REPLACE: given,
    MERGE: {
      contentType: attributes.contentType ?? kept.contentType,
      headers: withHeaders(kept.headers, attributes.headers),
      metadata: attributes.metadata ?? kept.metadata,
    },
  }[metadataDirective];
  const { websiteRedirectLocation: _, ...headers } = described.headers;
  const location = attributes.headers?.websiteRedirectLocation ?? input.websiteRedirectLocation;
  return {
    contentType: described.contentType,
    headers: location === undefined || location === '' ? headers : { ...headers, websiteRedirectLocation: location },
    metadata: described.metadata,
    tags: taggingDirective === 'COPY' ? version.tags : given.tags,
    storageClass: given.storageClass,
  };
}

/** Tags are read and written under rights of their own. */
export async function authorizeCopiedTags(
  context: RequestContext,
  {
    source,
    target,
    taggingDirective,
    attributes,
  }: Pick<CopyObjectInput, 'source' | 'target' | 'taggingDirective' | 'attributes'>,
  { from, into, version }: { from: BucketState; into: BucketState; version: ReadableVersion },
): Promise<void> {
  if (taggingDirective === 'REPLACE') {
    const tags = attributes?.tags ?? {};
    await authorizeTags(asking(context, { tags }), into, { key: target.key, tags });
  } else if (Object.keys(version.tags).length > 0) {
    const action = source.versionId === undefined ? 's3:GetObjectTagging' : 's3:GetObjectVersionTagging';
    const { tags } = version;
    await authorize(asking(context, { versionId: source.versionId }), { action, bucket: from, key: source.key });
    await authorizeTags(asking(context, { tags }), into, { key: target.key, tags });
  }
}

/** Other tags alone are no change, as with AWS: PutObjectTagging is there for that. */
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
    input.attributes?.headers?.websiteRedirectLocation === undefined &&
    input.encryption === undefined &&
    (input.attributes?.storageClass ?? version.storageClass) === version.storageClass
  ) {
    throw new GranaryError(
      'InvalidInput',
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, " +
        'storage class, website redirect location or encryption attributes.',
      { reason: 'InvalidRequest' },
    );
  }
  if (input.maxSize !== undefined && version.size > input.maxSize) {
    throw new GranaryError(
      'InvalidInput',
      `The specified copy source is larger than the maximum allowable size for a copy source: ${input.maxSize}`,
      { reason: 'InvalidRequest' },
    );
  }
}

function sourceGone(): GranaryError {
  return new GranaryError('Unavailable', 'The source was removed while it was being copied. Try again.');
}
