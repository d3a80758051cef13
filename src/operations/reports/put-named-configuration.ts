import { statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import { noSuchBucket, openBucket } from '../access/authorize.js';
import { recordEvent } from '../audit/record-event.js';
import { lockBucket } from '../buckets/delete-bucket.js';
import type { RequestContext } from '../context.js';
import type { BucketAddress, BucketInfo } from '../types.js';
import { configurationKinds, type NamedConfigurationKind, type NamedConfigurations } from './named-configurations.js';

/** As S3 has it. */
const mostOfAKind = 1000;

// Under the lock of the bucket, so that the count holds. What was begun by an older configuration is begun anew.
const put = statement(
  'put_named_configuration',
  `INSERT INTO named_configuration AS n (bucket_id, kind, id, document, due_at)
   SELECT b.id, $2, $3, $4::jsonb, CASE WHEN $2 = 'INVENTORY' THEN now() END FROM bucket b
   WHERE b.id = $1 AND b.deleted_at IS NULL AND (
     EXISTS (SELECT FROM named_configuration o WHERE o.bucket_id = $1 AND o.kind = $2 AND o.id = $3)
     OR (SELECT count(*) FROM named_configuration o WHERE o.bucket_id = $1 AND o.kind = $2) < ${mostOfAKind})
   ON CONFLICT (bucket_id, kind, id) DO UPDATE
     SET document = EXCLUDED.document, due_at = EXCLUDED.due_at, run = NULL, problem = NULL
   RETURNING id`,
);

const isThere = statement('find_bucket_to_configure', 'SELECT id FROM bucket WHERE id = $1 AND deleted_at IS NULL');

/** Sets one of the configurations of a bucket that have ids, in place of the one with this id. */
export async function putNamedConfiguration<Kind extends NamedConfigurationKind>(
  context: RequestContext,
  { kind, configuration, ...address }: BucketAddress & { kind: Kind; configuration: NamedConfigurations[Kind] },
): Promise<BucketInfo> {
  const { put: action, check } = configurationKinds[kind];
  const bucket = await openBucket(context, address, action);
  await check(context, bucket, configuration);
  await context.granary.database.transaction(async (tx) => {
    await lockBucket(tx, bucket.id);
    const { id } = configuration;
    if ((await tx.query(put, [bucket.id, kind, id, JSON.stringify(configuration)])).length === 0) {
      throw (await tx.query(isThere, [bucket.id])).length > 0 ? tooMany() : noSuchBucket(bucket.name);
    }
    await recordEvent(tx, context, {
      ...{ action, tenantId: bucket.tenantId, bucketId: bucket.id },
      details: { configuration },
    });
  });
  return bucket;
}

function tooMany(): GranaryError {
  return new GranaryError('InvalidInput', `A bucket has at most ${mostOfAKind} such configurations.`, {
    reason: 'TooManyConfigurations',
  });
}
