import { statement } from '../../database/database.js';
import { openBucket } from '../access/authorize.js';
import { recordEvent } from '../audit/record-event.js';
import type { RequestContext } from '../context.js';
import type { BucketAddress, BucketInfo } from '../types.js';
import { isConfigurationId } from './configuration-filter.js';
import { configurationKinds, type NamedConfigurationKind, noSuchConfiguration } from './named-configurations.js';

const remove = statement(
  'delete_named_configuration',
  'DELETE FROM named_configuration WHERE bucket_id = $1 AND kind = $2 AND id = $3 RETURNING id',
);

/** Takes a configuration away by its id. Throws `NoSuchConfiguration`. */
export async function deleteNamedConfiguration(
  context: RequestContext,
  { kind, id, ...address }: BucketAddress & { kind: NamedConfigurationKind; id: string },
): Promise<BucketInfo> {
  const { put: action } = configurationKinds[kind];
  const bucket = await openBucket(context, address, action);
  await context.granary.database.transaction(async (tx) => {
    if (!isConfigurationId(id) || (await tx.query(remove, [bucket.id, kind, id])).length === 0) {
      throw noSuchConfiguration();
    }
    await recordEvent(tx, context, {
      ...{ action, tenantId: bucket.tenantId, bucketId: bucket.id },
      details: { deleted: id },
    });
  });
  return bucket;
}
