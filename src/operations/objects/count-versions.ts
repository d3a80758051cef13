import { statement } from '../../database/database.js';
import { asking } from '../access/asking.js';
import { openBucket } from '../access/authorize.js';
import type { RequestContext } from '../context.js';
import type { BucketAddress, ObjectAddress } from '../types.js';
import { bucketOf, validListText } from './list-objects.js';

const countHistory = statement(
  'count_key_versions',
  `SELECT count(*) AS count FROM object_version WHERE bucket_id = $1 AND key = $2 AND state = 'COMMITTED'`,
);

const countBucket = statement(
  'count_versions',
  `SELECT count(*) AS count FROM object_version
   WHERE bucket_id = $1 AND state = 'COMMITTED' AND key >= $2 AND key <= prefix_end($2)`,
);

const countTrashed = statement(
  'count_trash',
  `SELECT count(*) AS count FROM object_version
   WHERE bucket_id = $1 AND state = 'DELETING' AND NOT delete_marker AND purge_after > now()
     AND key >= $2 AND key <= prefix_end($2)`,
);

/** How many versions and delete markers one key has. */
export async function countKeyVersions(context: RequestContext, input: ObjectAddress): Promise<number> {
  const bucket = await openBucket(asking(context, { prefix: input.key }), bucketOf(input), 's3:ListBucketVersions');
  return count(context, countHistory, [bucket.id, input.key]);
}

/** How many versions and delete markers there are. Its cost grows with that number. */
export async function countVersions(
  context: RequestContext,
  input: BucketAddress & { prefix?: string | undefined },
): Promise<number> {
  const bucket = await openBucket(asking(context, { prefix: input.prefix }), bucketOf(input), 's3:ListBucketVersions');
  return count(context, countBucket, [bucket.id, validListText(input.prefix ?? '', 'prefix')]);
}

/** How many versions can be restored. Its cost grows with that number. */
export async function countTrash(context: RequestContext, input: BucketAddress & { prefix?: string }): Promise<number> {
  const bucket = await openBucket(asking(context, { prefix: input.prefix }), bucketOf(input), 's3:ListBucketVersions');
  return count(context, countTrashed, [bucket.id, validListText(input.prefix ?? '', 'prefix')]);
}

async function count(context: RequestContext, query: typeof countHistory, values: unknown[]): Promise<number> {
  const [row] = await context.granary.database.query<{ count: number }>(query, values);
  return row?.count ?? 0;
}
