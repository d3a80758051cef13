import type { RequestContext } from '../context.js';
import type { ObjectAddress } from '../types.js';
import { openBucket } from './authorize.js';

/** The right that each kind of replica needs beside the ordinary one, as in AWS. */
type ReplicaAction = 's3:ReplicateObject' | 's3:ReplicateDelete' | 's3:ReplicateTags';

/**
 * Lets a writer say that what it writes is a replica, which goes no further. It needs a right for that, as otherwise
 * whoever may write could keep a version from being replicated.
 */
export async function permitReplica(
  context: RequestContext,
  address: ObjectAddress,
  action: ReplicaAction,
): Promise<{ replica: 'REPLICA' }> {
  await openBucket(context, address, action);
  return { replica: 'REPLICA' };
}
