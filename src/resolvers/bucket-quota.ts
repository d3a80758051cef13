import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { Bucket } from '../entities/bucket.js';
import { setBucketQuota } from '../operations/buckets/set-bucket-quota.js';
import type { BucketInfo } from '../operations/types.js';
import { SetBucketQuotaInput, SetBucketQuotaPayload } from './bucket-types.js';
import type { GraphqlContext } from './context.js';
import { optional } from './input.js';
import { BucketQuotaType } from './quota-types.js';
import type { BucketResult } from './results.js';
import { answer } from './user-error.js';

/** What a bucket may hold. */
@Resolver(() => Bucket)
export class BucketQuotaResolver {
  @FieldResolver(() => BucketQuotaType, {
    nullable: true,
    description: 'What the bucket may hold at most; null while it has no quota of its own.',
  })
  quota(@Root() { quota }: BucketInfo): BucketQuotaType | null {
    return quota === null ? null : { bytes: quota.bytes ?? null, objects: quota.objects ?? null };
  }

  @Mutation(() => SetBucketQuotaPayload, {
    description: 'Sets what a bucket may hold at most; for administrators. What is there stays, even when it is more.',
  })
  setBucketQuota(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => SetBucketQuotaInput, { description: 'The bucket and its quota.' })
    { bucket, tenant, quota }: SetBucketQuotaInput,
  ): Promise<BucketResult> {
    return answer(async () => ({
      bucket: await setBucketQuota(context.request, { bucket, tenant: optional(tenant), quota }),
    }));
  }
}
