import { formatVersionId } from '../objects/version-row.js';

/** A row of the event table, as far as notifications tell of it. */
export interface NotableEvent {
  id: number;
  at: Date;
  action: string;
  actorName: string | null;
  bucketId: number;
  key: string;
  versionId: number | null;
  requestId: string;
  sourceIp: string | null;
  details: { targetId?: string; error?: string } | null;
}

/** The version that an event tells of; it may be gone meanwhile. */
export interface NotableVersion {
  id: number;
  size: number;
  etag: string | null;
  isNull: boolean;
  deleteMarker: boolean;
}

/** The bucket that an event is of. */
export interface NotableBucket {
  id: number;
  name: string;
  region: string;
  versioning: string;
  ownerCanonicalId: string;
}

/** Events of objects by the action that they are recorded with; deletes depend on more. */
const names: Readonly<Record<string, string>> = {
  's3:PutObject': 's3:ObjectCreated:Put',
  's3:PostObject': 's3:ObjectCreated:Post',
  's3:CopyObject': 's3:ObjectCreated:Copy',
  's3:CompleteMultipartUpload': 's3:ObjectCreated:CompleteMultipartUpload',
  'granary:MoveObject': 's3:ObjectCreated:Copy',
  'granary:RestoreObject': 's3:ObjectRestore:Completed',
  's3:PutObjectTagging': 's3:ObjectTagging:Put',
  's3:DeleteObjectTagging': 's3:ObjectTagging:Delete',
  's3:PutObjectAcl': 's3:ObjectAcl:Put',
  's3:LifecycleTransition': 's3:LifecycleTransition',
  'granary:ReplicationFailed': 's3:Replication:OperationFailedReplication',
};

const deletes = ['s3:DeleteObject', 's3:DeleteObjectVersion'];

/** The actions whose events may become notifications. */
export const notableActions: readonly string[] = [...Object.keys(names), ...deletes];

/** What S3 calls an event; undefined for what it does not notify of. */
export function notificationName(event: NotableEvent, version: NotableVersion | undefined): string | undefined {
  if (!deletes.includes(event.action)) {
    return Object.hasOwn(names, event.action) ? names[event.action] : undefined;
  }
  // Requests have ids of their own, and an address.
  const byRule = event.requestId === 'lifecycle' && event.sourceIp === null;
  // To delete a version that is a marker makes none.
  const made = event.action === 's3:DeleteObject' && version?.deleteMarker === true;
  return `s3:${byRule ? 'LifecycleExpiration' : 'ObjectRemoved'}:${made ? 'DeleteMarkerCreated' : 'Delete'}`;
}

/**
 * The document that tells of an event, as S3 sends it.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
 */
export function eventRecord(parts: {
  event: NotableEvent;
  name: string;
  version: NotableVersion | undefined;
  bucket: NotableBucket;
  configurationId: string;
  usualRegion: string;
}): string {
  const { event, name, version, bucket, configurationId, usualRegion } = parts;
  const record = {
    eventVersion: recordVersion(name),
    eventSource: 'aws:s3',
    awsRegion: bucket.region || usualRegion,
    eventTime: event.at.toISOString(),
    eventName: name.replace(/^s3:/, ''),
    userIdentity: { principalId: principalOf(event) },
    requestParameters: { sourceIPAddress: event.sourceIp ?? '' },
    responseElements: { 'x-amz-request-id': event.requestId, 'x-amz-id-2': event.requestId },
    s3: {
      s3SchemaVersion: '1.0',
      configurationId,
      bucket: {
        name: bucket.name,
        ownerIdentity: { principalId: bucket.ownerCanonicalId },
        arn: `arn:aws:s3:::${bucket.name}`,
      },
      object: { key: encodeKey(event.key), ...contentOf({ name, version, bucket }), sequencer: sequencerOf(event.id) },
    },
    ...replicationOf(event, bucket),
  };
  return JSON.stringify({ Records: [record] });
}

/** What a target is sent when a bucket comes to notify it, and to try it. */
export function testEvent({ bucket, requestId }: { bucket: string; requestId: string }): string {
  return JSON.stringify({
    Service: 'Amazon S3',
    Event: 's3:TestEvent',
    Time: new Date().toISOString(),
    Bucket: bucket,
    RequestId: requestId,
    HostId: requestId,
  });
}

function recordVersion(name: string): string {
  if (name.startsWith('s3:ObjectCreated:') || name.startsWith('s3:ObjectRemoved:')) {
    return '2.1';
  }
  return name.startsWith('s3:Replication:') ? '2.2' : '2.3';
}

function principalOf({ actorName, sourceIp }: NotableEvent): string {
  return actorName === null ? (sourceIp === null ? 's3.amazonaws.com' : 'Anonymous') : `AWS:${actorName}`;
}

/** As forms encode text, which S3 does with the keys of events. */
function encodeKey(key: string): string {
  return new URLSearchParams({ key }).toString().slice('key='.length).replaceAll('%2F', '/');
}

function contentOf(parts: { name: string; version: NotableVersion | undefined; bucket: NotableBucket }): object {
  const { name, version, bucket } = parts;
  if (version === undefined) {
    return {};
  }
  const isRemoval = /:(Delete|DeleteMarkerCreated)$/.test(name) && !name.startsWith('s3:ObjectTagging');
  return {
    ...(isRemoval ? {} : { size: version.size }),
    ...(version.etag ? { eTag: version.etag } : {}),
    // S3 names no version where there were never several.
    ...(bucket.versioning === 'UNVERSIONED' ? {} : { versionId: formatVersionId(version) }),
  };
}

/** Greater for what happened later to the same key, when compared as text of equal length. */
function sequencerOf(eventId: number): string {
  return eventId.toString(16).toUpperCase().padStart(16, '0');
}

function replicationOf({ action, at, requestId, details }: NotableEvent, { name }: NotableBucket): object {
  return action === 'granary:ReplicationFailed'
    ? {
        replicationEventData: {
          replicationRuleId: details?.targetId ?? '',
          destinationBucket: details?.targetId ?? '',
          s3Operation: 'OBJECT_PUT',
          requestTime: at.toISOString(),
          failureReason: details?.error ?? '',
          requestId,
          sourceBucket: name,
        },
      }
    : {};
}
