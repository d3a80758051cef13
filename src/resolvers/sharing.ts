import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { Bucket } from '../entities/bucket.js';
import { type SharingRules, Tenant } from '../entities/tenant.js';
import { setBucketSharing, visibleSharing } from '../operations/buckets/set-bucket-sharing.js';
import { setTenantSharing } from '../operations/tenants/set-tenant-sharing.js';
import type { BucketInfo } from '../operations/types.js';
import type { GraphqlContext } from './context.js';
import { optional } from './input.js';
import { addressOf } from './placed-object.js';
import type { BucketResult, TenantResult } from './results.js';
import {
  SetBucketSharingInput,
  SetBucketSharingPayload,
  SetTenantSharingInput,
  SetTenantSharingPayload,
  SharingRulesType,
} from './share-link-types.js';
import { type TenantSource, toTenantSource } from './sources.js';
import { answer } from './user-error.js';

/** What of a bucket may be shared. */
@Resolver(() => Bucket)
export class BucketSharingResolver {
  @FieldResolver(() => SharingRulesType, {
    nullable: true,
    description: "The bucket's own rules for share links; null when the caller may not see them.",
  })
  async sharing(@Root() bucket: BucketInfo, @Ctx() context: GraphqlContext): Promise<SharingRulesType | null> {
    const rules = await visibleSharing(context.request, addressOf(bucket));
    return rules === undefined ? null : show(rules);
  }

  @Mutation(() => SetBucketSharingPayload, {
    description: 'Sets what of a bucket may be shared by link. Links that do not keep to it stop working at once.',
  })
  setBucketSharing(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => SetBucketSharingInput, { description: 'The bucket and its rules.' })
    { bucket, tenant, sharing }: SetBucketSharingInput,
  ): Promise<BucketResult> {
    return answer(async () => ({
      bucket: await setBucketSharing(context.request, { bucket, tenant: optional(tenant), sharing }),
    }));
  }
}

/** What of a tenant may be shared. */
@Resolver(() => Tenant)
export class TenantSharingResolver {
  @FieldResolver(() => SharingRulesType, { description: "The tenant's rules for share links." })
  sharing(@Root() { sharing }: TenantSource): SharingRulesType {
    return show(sharing);
  }

  @Mutation(() => SetTenantSharingPayload, {
    description:
      'Sets what of a tenant may be shared by link; for its administrators. Links that do not keep to it stop working at once.',
  })
  setTenantSharing(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => SetTenantSharingInput, { description: 'The tenant and its rules.' })
    { tenant, sharing }: SetTenantSharingInput,
  ): Promise<TenantResult> {
    return answer(async () => ({
      tenant: toTenantSource(await setTenantSharing(context.request, { tenant: optional(tenant), sharing })),
    }));
  }
}

function show(rules: SharingRules | null): SharingRulesType {
  return {
    allowed: rules?.forbidden !== true,
    passwordRequired: rules?.passwordRequired === true,
    longestSeconds: rules?.longestSeconds ?? null,
  };
}
