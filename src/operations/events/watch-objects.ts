import { isGranaryError } from '../../errors.js';
import { asking } from '../access/asking.js';
import { isPermitted, openBucket, resolveBucket } from '../access/authorize.js';
import type { EventInfo } from '../audit/event-query.js';
import type { RequestContext } from '../context.js';
import type { BucketAddress, BucketInfo } from '../types.js';
import { eventPlace } from './event-place.js';

/** What happened to an object. */
export type ObjectChange = 'CREATED' | 'DELETED' | 'RESTORED' | 'UPDATED';

export interface WatchObjectsInput extends BucketAddress {
  /** What the key begins with. */
  prefix?: string | undefined;
  /** All when absent. */
  changes?: readonly ObjectChange[] | undefined;
  /** The cursor of the last event that was seen: what came after it comes first. From now on when absent. */
  after?: string | undefined;
  /** The request anew, so that what was revoked since counts. Throws when its caller is signed out. */
  renew(): Promise<RequestContext>;
  signal: AbortSignal;
}

export interface ObjectEvent {
  /** Goes into {@link WatchObjectsInput.after}. */
  cursor: string;
  change: ObjectChange;
  event: EventInfo;
  bucket: BucketInfo;
  key: string;
}

const changes: Readonly<Record<string, ObjectChange>> = {
  's3:PutObject': 'CREATED',
  's3:PostObject': 'CREATED',
  's3:CopyObject': 'CREATED',
  's3:CompleteMultipartUpload': 'CREATED',
  'granary:MoveObject': 'CREATED',
  's3:DeleteObject': 'DELETED',
  's3:DeleteObjectVersion': 'DELETED',
  'granary:DeleteFromTrash': 'DELETED',
  'granary:RestoreObject': 'RESTORED',
  's3:PutObjectTagging': 'UPDATED',
  's3:DeleteObjectTagging': 'UPDATED',
  's3:PutObjectAcl': 'UPDATED',
  's3:PutObjectRetention': 'UPDATED',
  's3:PutObjectLegalHold': 'UPDATED',
  'granary:ChangeStorageClass': 'UPDATED',
};

/**
 * Changes of a bucket's objects, by whichever face and process, in their order. Who watches needs the right to list
 * (`s3:ListBucket`, with the prefix) at every event: what it loses meanwhile it does not see.
 */
export async function* watchObjects(context: RequestContext, input: WatchObjectsInput): AsyncGenerator<ObjectEvent> {
  const asked = asking(context, { prefix: input.prefix ?? '' });
  const bucket = await openBucket(asked, input, 's3:ListBucket');
  const after =
    input.after === undefined ? {} : { after: await eventPlace(context.granary, bucket.tenantId, input.after) };
  for await (const batch of context.granary.events.follow(bucket.tenantId, { ...after, signal: input.signal })) {
    for (const event of batch.filter((each) => each.bucketId === bucket.id)) {
      const change = changeOf(event, input);
      if (change !== undefined && (await mayStillList(input, bucket))) {
        yield { cursor: String(event.id), change, event, bucket, key: event.key ?? '' };
      }
    }
  }
}

function changeOf(event: EventInfo, { prefix = '', changes: wanted }: WatchObjectsInput): ObjectChange | undefined {
  const change = Object.hasOwn(changes, event.action) ? changes[event.action] : undefined;
  if (change === undefined || event.outcome !== 'SUCCESS' || event.key === null || !event.key.startsWith(prefix)) {
    return undefined;
  }
  return wanted === undefined || wanted.includes(change) ? change : undefined;
}

/** Throws when the caller is signed out or the bucket is gone. */
async function mayStillList(input: WatchObjectsInput, { id }: BucketInfo): Promise<boolean> {
  const context = asking(await input.renew(), { prefix: input.prefix ?? '' });
  try {
    const bucket = await resolveBucket(context, input);
    return bucket.id === id && (await isPermitted(context, { action: 's3:ListBucket', bucket }));
  } catch (error) {
    if (isGranaryError(error, 'NotFound')) {
      return false;
    }
    throw error;
  }
}
