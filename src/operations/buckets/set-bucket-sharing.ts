import type { SharingRules } from '../../entities/tenant.js';
import type { RequestContext } from '../context.js';
import { type SharingInput, validSharing } from '../shares/sharing-rules.js';
import type { BucketAddress, BucketInfo } from '../types.js';
import { configureBucket, visibleConfiguration } from './bucket-configuration.js';

/** Says what of a bucket may be shared by link. Links that do not keep to it stop working at once. */
export async function setBucketSharing(
  context: RequestContext,
  { sharing, ...address }: BucketAddress & { sharing: SharingInput },
): Promise<BucketInfo> {
  return configureBucket(context, address, {
    action: 'granary:PutBucketSharing',
    name: 'sharing',
    value: validSharing(sharing) ?? undefined,
  });
}

/** The rules of a bucket that the caller was let see; undefined when the caller may not see them. */
export async function visibleSharing(
  context: RequestContext,
  address: BucketAddress,
): Promise<SharingRules | null | undefined> {
  const bucket = await visibleConfiguration(context, address, 's3:ListBucket');
  return bucket === null ? undefined : (bucket.configuration.sharing ?? null);
}
