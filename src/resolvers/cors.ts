import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { Bucket } from '../entities/bucket.js';
import type { CorsRule } from '../operations/buckets/cors-rules.js';
import { deleteBucketCors, setBucketCors, visibleCors } from '../operations/buckets/set-bucket-cors.js';
import type { BucketInfo } from '../operations/types.js';
import type { GraphqlContext } from './context.js';
import { CorsRuleType, SetBucketCorsInput, SetBucketCorsPayload } from './cors-types.js';
import { optional } from './input.js';
import { addressOf } from './placed-object.js';
import type { BucketResult } from './results.js';
import { answer } from './user-error.js';

@Resolver(() => Bucket)
export class BucketCorsResolver {
  @FieldResolver(() => [CorsRuleType], {
    nullable: true,
    description: 'By which rules browsers let pages of other origins use the bucket; null when the caller may not see.',
  })
  async cors(@Root() bucket: BucketInfo, @Ctx() context: GraphqlContext): Promise<CorsRuleType[] | null> {
    const rules = await visibleCors(context.request, addressOf(bucket));
    return rules === null ? null : [...rules];
  }

  @Mutation(() => SetBucketCorsPayload, {
    description: 'Sets all rules by which browsers let pages of other origins use a bucket through S3.',
  })
  setBucketCors(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => SetBucketCorsInput, { description: 'The bucket and its rules.' })
    { bucket, tenant, rules }: SetBucketCorsInput,
  ): Promise<BucketResult> {
    return answer(async () => {
      const address = { bucket, tenant: optional(tenant) };
      return {
        bucket:
          rules.length === 0
            ? await deleteBucketCors(context.request, address)
            : await setBucketCors(context.request, { ...address, rules: rules.map(ruleOf) }),
      };
    });
  }
}

function ruleOf(input: SetBucketCorsInput['rules'][number]): CorsRule {
  const { id, maxAgeSeconds } = input;
  return {
    ...(id === null || id === undefined ? {} : { id }),
    allowedOrigins: input.allowedOrigins,
    allowedMethods: input.allowedMethods,
    allowedHeaders: input.allowedHeaders ?? [],
    exposeHeaders: input.exposeHeaders ?? [],
    ...(maxAgeSeconds === null || maxAgeSeconds === undefined ? {} : { maxAgeSeconds }),
  };
}
