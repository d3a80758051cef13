import type { BucketState } from '../buckets/bucket-cache.js';
import type { ReplicationStatus } from '../types.js';
import { replicationOf } from './replication-rules.js';

/** A new version, as far as replication asks. */
export interface NewReplicated {
  key: string;
  tags: Record<string, string>;
  what: 'content' | 'marker';
  /** Set when another bucket's replication writes: it goes no further. */
  replica?: 'REPLICA' | undefined;
}

/** What the SQL functions that make versions take: the version's status, and the targets it is queued for. */
export function replicationParameters(
  bucket: BucketState,
  { replica, ...version }: NewReplicated,
): [status: ReplicationStatus | null, targets: string[] | null] {
  if (replica !== undefined) {
    return [replica, null];
  }
  const replication = replicationOf(bucket, version);
  return replication === null ? [null, null] : [replication.status, replication.targets];
}
