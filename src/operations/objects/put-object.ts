import { type AskedAcl, aclOfWrite } from '../access/asked-acl.js';
import { asking } from '../access/asking.js';
import { authorizeTags, openBucket, withBucket } from '../access/authorize.js';
import { eventOrigin } from '../audit/event-origin.js';
import { blobParameters, type ReceivedBlob, receiveBlob, storeBlob } from '../blobs/receive-blob.js';
import type { BucketState } from '../buckets/bucket-cache.js';
import type { RequestContext } from '../context.js';
import { replicationParameters } from '../replication/replication-parameters.js';
import { quotaExceeded, refuseBeforeBody } from '../tenants/quotas.js';
import type {
  EncryptionRequest,
  IncomingBody,
  ObjectAddress,
  ObjectAttributes,
  ObjectChecksum,
  ObjectLock,
  WriteConditions,
  WrittenObject,
} from '../types.js';
import { type StoredAttributes, storedAttributes } from './object-attributes.js';
import { lockFor } from './object-lock.js';
import { formatVersionId } from './version-row.js';
import { entityTag, rejectOutcome } from './write-outcome.js';

export interface PutObjectInput extends ObjectAddress {
  body: IncomingBody;
  attributes: ObjectAttributes;
  conditions?: WriteConditions;
  /** The bucket's default when absent. */
  encryption?: EncryptionRequest;
  /** The bucket's default retention when absent. */
  lock?: ObjectLock;
  /** Who else may do what; nobody when absent. */
  acl?: AskedAcl | undefined;
  /** Set when another bucket's replication writes. */
  replica?: 'REPLICA';
  /** The event's name; a put when absent. */
  action?: string;
  /** In bytes; the setting's upload limit when absent. */
  maxSize?: number;
}

/**
 * Stores a body as the new latest version of a key. The version is durable and visible when this returns, and nothing
 * is visible when it throws; only `Unavailable` leaves open which of the two it is.
 */
export async function putObject(context: RequestContext, input: PutObjectInput): Promise<WrittenObject> {
  const { granary } = context;
  const asked = asking(context, { ...input, ...input.attributes, creates: 'true' });
  const bucket = await openBucket(asked, input, 's3:PutObject');
  const attributes = storedAttributes(input.attributes);
  await authorizeTags(asked, bucket, { key: input.key, tags: attributes.tags });
  // Also before the body comes: what cannot be kept as asked is refused at once.
  await lockFor(asked, bucket, input);
  await aclOfWrite(asked, bucket, input);
  await refuseBeforeBody(context, bucket, { key: input.key, size: input.body.length });
  const blob = await receiveBlob(granary, bucket, {
    body: input.body,
    key: input.key,
    contentType: attributes.contentType,
    storageClass: attributes.storageClass,
    encryption: input.encryption,
    maxSize: input.maxSize ?? granary.settings.maxUploadSize,
  });
  return storeBlob(granary, blob, () =>
    withBucket(asked, input, 's3:PutObject', (current) => commit(asked, { bucket: current, input, attributes, blob })),
  );
}

interface Commit {
  bucket: BucketState;
  input: PutObjectInput;
  attributes: StoredAttributes;
  blob: ReceivedBlob;
}

async function commit(
  context: RequestContext,
  { bucket, input, attributes, blob }: Commit,
): Promise<WrittenObject | 'stale'> {
  const { granary, caller } = context;
  const { received } = blob;
  const etag = received.md5.toString('hex');
  const checksum = checksumOf(input.body, blob);
  const ownerId = caller.kind === 'user' ? caller.userId : null;
  const lock = await lockFor(context, bucket, input);
  const acl = await aclOfWrite(context, bucket, input);
  const { encryption } = blob.protection;
  const [replicationStatus, targets] = replicationParameters(bucket, {
    key: input.key,
    tags: attributes.tags,
    what: 'content',
    replica: input.replica,
  });
  const row = await granary.writes.put({
    address: received.sha256,
    values: [
      bucket.id,
      bucket.revision,
      input.key,
      entityTag(input.conditions?.ifMatch),
      entityTag(input.conditions?.ifNoneMatch),
      ...blobParameters(blob),
      etag,
      attributes.contentType,
      JSON.stringify(attributes.headers),
      JSON.stringify(attributes.metadata),
      JSON.stringify(attributes.tags),
      checksum === null ? null : JSON.stringify(checksum),
      attributes.storageClass,
      encryption === null ? null : JSON.stringify(encryption),
      lock === null ? null : JSON.stringify(lock),
      replicationStatus,
      targets,
      ownerId,
      input.action ?? 's3:PutObject',
      eventOrigin(context),
      await granary.quotas.limitsNear(bucket, received.size),
      acl === null ? null : JSON.stringify(acl),
    ],
  });
  if (row.outcome === 'stale') {
    return 'stale';
  }
  if (row.outcome === 'quota') {
    throw await quotaExceeded(context, bucket);
  }
  if (row.outcome !== 'ok') {
    throw rejectOutcome(row.outcome, input.key);
  }
  return {
    versioned: bucket.versioning !== 'UNVERSIONED',
    deduplicated: row.deduplicated,
    object: {
      id: row.version,
      bucketId: bucket.id,
      key: input.key,
      versionId: formatVersionId({ id: row.version, isNull: row.isNull }),
      isLatest: true,
      deleteMarker: false,
      size: received.size,
      storedSize: row.stored,
      encryption,
      lockMode: lock?.mode ?? null,
      retainUntil: lock?.retainUntil ?? null,
      legalHold: lock?.legalHold ?? false,
      replicationStatus,
      etag,
      sha256: received.sha256,
      ...attributes,
      checksum,
      partCount: 0,
      ownerId,
      createdAt: row.created,
    },
  };
}

function checksumOf(body: IncomingBody, blob: ReceivedBlob): ObjectChecksum | null {
  return body.checksum === undefined || blob.checksum === null
    ? null
    : { algorithm: body.checksum.algorithm, value: blob.checksum, type: 'FULL_OBJECT' };
}
