import { type Queryable, statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import { asking } from '../access/asking.js';
import { withBucket } from '../access/authorize.js';
import { eventOrigin } from '../audit/event-origin.js';
import { placementOf } from '../blobs/placement.js';
import { wantCopiesOf } from '../blobs/want-copies.js';
import type { BucketState } from '../buckets/bucket-cache.js';
import type { RequestContext } from '../context.js';
import { moveFavourites } from '../favourites/move-favourites.js';
import { replicationParameters } from '../replication/replication-parameters.js';
import { moveShareLinks } from '../shares/move-share-links.js';
import { withinQuota } from '../tenants/quotas.js';
import type { ObjectAddress, ReadConditions, WriteConditions, WrittenObject } from '../types.js';
import { authorizeCopiedTags, copyVersion } from './copy-object.js';
import { findVersion, type ReadableVersion } from './find-version.js';
import { attributesOf } from './object-attributes.js';
import { lockFor } from './object-lock.js';
import { checkCopyConditions } from './read-conditions.js';
import { toObjectInfo } from './version-row.js';
import { preconditionFailed, type WriteOutcome } from './write-outcome.js';
import { beginWrite } from './write-version.js';

export interface MoveObjectInput {
  source: ObjectAddress;
  target: ObjectAddress;
  conditions?: WriteConditions;
  sourceConditions?: ReadConditions;
  /** The row of the source, when nothing that has taken its place is meant. */
  sourceRow?: number;
}

const deleteSource = statement(
  'delete_moved',
  'SELECT outcome FROM delete_version($1, $2, $3, NULL, false, $4, $5, $6, $7)',
);

/** Gives an object another key or bucket, in one transaction: at no moment are there two of it, or none. */
export async function moveObject(context: RequestContext, input: MoveObjectInput): Promise<WrittenObject> {
  const { source, sourceRow: onlyRow } = input;
  const { version } = await findVersion(context, { ...source, want: 'head', action: 's3:GetObject', onlyRow });
  checkCopyConditions(toObjectInfo(version), input.sourceConditions);
  const asked = asking(context, { conditions: input.conditions, copySource: source, creates: 'true' });
  return withBucket(asked, input.target, 's3:PutObject', (bucket) =>
    withBucket(context, source, 's3:DeleteObject', async (from) => {
      refuseOntoItself(from, bucket, input);
      await authorizeCopiedTags(context, { ...input, taggingDirective: 'COPY' }, { from, into: bucket, version });
      return context.granary.database.transaction((tx) =>
        withinQuota(tx, context, bucket, () => move(tx, context, { from, bucket, version, input })),
      );
    }),
  );
}

interface Move {
  from: BucketState;
  bucket: BucketState;
  version: ReadableVersion;
  input: MoveObjectInput;
}

async function move(
  tx: Queryable,
  context: RequestContext,
  { from, bucket, version, input }: Move,
): Promise<WrittenObject | 'stale'> {
  const source = await beginWrite(tx, from, { key: version.key });
  if (source === 'stale') {
    return source;
  }
  if (source.latest !== version.id) {
    throw preconditionFailed('the source changed while it was being moved');
  }
  const begun = await beginWrite(tx, bucket, { key: input.target.key, conditions: input.conditions });
  if (begun === 'stale') {
    context.granary.buckets.forget(bucket.id);
    throw new GranaryError('Unavailable', 'The bucket was changed while the object was being moved. Try again.');
  }
  const attributes = attributesOf(version);
  const { key } = input.target;
  const lock = await lockFor(context, bucket, { key });
  const action = 'granary:MoveObject';
  const moved = await copyVersion(tx, context, { bucket, version, attributes, key, lock, acl: version.acl, action });
  const { copies } = placementOf(bucket.placement, { ...attributes, key, size: version.size });
  await wantCopiesOf(tx, moved.object.id, copies);
  const owner = context.caller.kind === 'user' ? context.caller.userId : null;
  const gone = replicationParameters(from, { key: version.key, tags: {}, what: 'marker' });
  const values = [from.id, from.revision, version.key, ...gone, owner, eventOrigin(context)];
  const [deleted] = await tx.query<{ outcome: WriteOutcome }>(deleteSource, values);
  if (deleted?.outcome !== 'ok') {
    throw new GranaryError('Internal', `The source of a move could not be deleted: ${deleted?.outcome}`);
  }
  const to = { bucketId: bucket.id, key };
  await moveFavourites(tx, { from: { bucketId: from.id, key: version.key }, to });
  await moveShareLinks(tx, context, { from: { bucket: from, key: version.key }, to: { bucket, key } });
  return moved;
}

function refuseOntoItself(from: BucketState, bucket: BucketState, { source, target }: MoveObjectInput): void {
  if (bucket.id === from.id && target.key === source.key) {
    throw new GranaryError('InvalidInput', 'An object cannot be moved onto itself.', {
      reason: 'InvalidRequest',
      field: ['target'],
    });
  }
}
