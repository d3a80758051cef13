import { statement } from '../../database/database.js';
import { denial, resolveBucket } from '../access/authorize.js';
import { mayAct } from '../access/authorize-action.js';
import type { RequestContext } from '../context.js';
import { bucketQuotaKinds, type QuotaInput, validQuota } from '../tenants/quota-input.js';
import type { BucketAddress, BucketInfo, BucketQuota } from '../types.js';
import { changeBucket } from './update-bucket.js';

const setQuota = statement(
  'set_bucket_quota',
  'UPDATE bucket SET quota = $2, revision = revision + 1 WHERE id = $1 AND deleted_at IS NULL RETURNING id',
);

export interface SetBucketQuotaInput extends BucketAddress {
  /** The whole of it: what is left out has no limit. */
  quota: QuotaInput<keyof BucketQuota>;
}

/** Says what a bucket may hold at most, from now on; for administrators, as it is their owners whom quotas limit. */
export async function setBucketQuota(context: RequestContext, input: SetBucketQuotaInput): Promise<BucketInfo> {
  const { quota: asked, ...address } = input;
  const bucket = await resolveBucket(context, address);
  const { tenantId, tenantName } = bucket;
  const tenant = { id: tenantId, name: tenantName };
  // Who may do what it wants with a bucket of its own does not thereby set its own limits.
  if (!mayAct(context, 'granary:PutBucketQuota', { tenant, kind: 'tenant', name: tenantName })) {
    throw await denial(context, { action: 'granary:PutBucketQuota', bucket });
  }
  const quota = validQuota(asked, bucketQuotaKinds);
  return changeBucket(context, address, {
    action: 'granary:PutBucketQuota',
    change: setQuota,
    value: quota === null ? null : JSON.stringify(quota),
    details: { quota },
  });
}
