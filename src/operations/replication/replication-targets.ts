import { type Queryable, statement } from '../../database/database.js';
import type { Granary } from '../context.js';

/** A bucket elsewhere that versions go to. Its secret is sealed, and shown never. */
export interface ReplicationTargetInfo {
  id: string;
  /** Scheme, host and perhaps port. */
  endpoint: string;
  region: string;
  bucket: string;
  /** The bucket stands in the path, not in the host's name. */
  pathStyle: boolean;
  accessKeyId: string;
  createdAt: Date;
}

/** What a connection to a target needs. */
export interface TargetConnection extends Omit<ReplicationTargetInfo, 'createdAt'> {
  secretAccessKey: string;
}

const columns = `
  t.id, t.endpoint, t.region, t.target_bucket AS bucket, t.path_style AS "pathStyle",
  t.access_key_id AS "accessKeyId", t.created_at AS "createdAt"`;

const findTargets = statement(
  'find_replication_targets',
  `SELECT t.bucket_id AS "bucketId", ${columns} FROM replication_target t
   WHERE t.bucket_id = ANY ($1::bigint[]) AND t.removed_at IS NULL ORDER BY t.created_at, t.id`,
);

const findConnection = statement(
  'find_replication_connection',
  `SELECT ${columns}, t.secret_sealed AS "secretSealed" FROM replication_target t WHERE t.id = $1 AND t.removed_at IS NULL`,
);

/** What the secret of a target is sealed for. */
export function targetSealContext(id: string): string {
  return `replication_target/${id}`;
}

/** The targets of buckets, the oldest first. The caller was allowed to see them. */
export function findReplicationTargets(
  database: Queryable,
  bucketIds: readonly number[],
): Promise<(ReplicationTargetInfo & { bucketId: number })[]> {
  return database.query<ReplicationTargetInfo & { bucketId: number }>(findTargets, [bucketIds]);
}

/** A target with its secret; undefined when it is gone. For background work and checks, never for a caller's eyes. */
export async function openTargetConnection(granary: Granary, id: string): Promise<TargetConnection | undefined> {
  const [row] = await granary.database.query<ReplicationTargetInfo & { secretSealed: Buffer }>(findConnection, [id]);
  if (row === undefined) {
    return undefined;
  }
  const { secretSealed, createdAt: _, ...target } = row;
  return { ...target, secretAccessKey: granary.secretBox.open(secretSealed, targetSealContext(id)) };
}
