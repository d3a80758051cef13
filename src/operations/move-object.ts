import { statement } from '../database/database.js';
import { GranaryError } from '../errors.js';
import { openBucket, withBucket } from './authorize.js';
import type { RequestContext } from './context.js';
import { copyVersion } from './copy-object.js';
import { findVersion } from './find-version.js';
import { attributesOf } from './object-attributes.js';
import type { ObjectAddress, WriteConditions, WrittenObject } from './types.js';
import { preconditionFailed } from './write-outcome.js';
import { beginWrite } from './write-version.js';

export interface MoveObjectInput {
  source: ObjectAddress;
  target: ObjectAddress;
  conditions?: WriteConditions;
}

const deleteSource = statement('delete_moved', 'SELECT outcome FROM delete_version($1, $2, $3, NULL, $4, $5, $6)');

/** Gives an object another key or bucket, in one transaction: at no moment are there two of it, or none. */
export async function moveObject(context: RequestContext, input: MoveObjectInput): Promise<WrittenObject> {
  const from = await openBucket(context, input.source, 's3:DeleteObject');
  await openBucket(context, input.target, 's3:PutObject');
  const { version } = await findVersion(context, { ...input.source, want: 'head', action: 's3:GetObject' });
  return withBucket(context, input.target, 's3:PutObject', (bucket) => {
    if (bucket.id === from.id && input.target.key === version.key) {
      throw new GranaryError('InvalidInput', 'An object cannot be moved onto itself.', {
        reason: 'InvalidRequest',
        field: ['target'],
      });
    }
    return context.granary.database.transaction(async (tx) => {
      const source = await beginWrite(tx, from, { key: version.key });
      if (source === 'stale' || source.latest !== version.id) {
        throw preconditionFailed('the source changed while it was being moved');
      }
      const begun = await beginWrite(tx, bucket, { key: input.target.key, conditions: input.conditions });
      if (begun === 'stale') {
        return begun;
      }
      const moved = await copyVersion(tx, context, {
        bucket,
        version,
        attributes: attributesOf(version),
        key: input.target.key,
        action: 'granary:MoveObject',
      });
      const owner = context.caller.kind === 'user' ? context.caller.userId : null;
      await tx.query(deleteSource, [from.id, from.revision, version.key, owner, context.requestId, context.sourceIp]);
      return moved;
    });
  });
}
