import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { Bucket } from '../entities/bucket.js';
import { type LoggingInput, setBucketLogging, visibleLogging } from '../operations/buckets/set-bucket-logging.js';
import type { BucketInfo } from '../operations/types.js';
import { askedGrant } from './acl.js';
import { showGrant } from './acl-types.js';
import type { GraphqlContext } from './context.js';
import { optional } from './input.js';
import {
  type BucketLoggingInput,
  BucketLoggingType,
  SetBucketLoggingInput,
  SetBucketLoggingPayload,
} from './logging-types.js';
import { addressOf } from './placed-object.js';
import type { BucketResult } from './results.js';
import { answer } from './user-error.js';

/** The access log of a bucket. */
@Resolver(() => Bucket)
export class BucketLoggingResolver {
  @FieldResolver(() => BucketLoggingType, {
    nullable: true,
    description: 'Where requests by S3 are logged; null when they are not, or when the caller may not see it.',
  })
  async logging(@Root() bucket: BucketInfo, @Ctx() context: GraphqlContext): Promise<BucketLoggingType | null> {
    const logging = await visibleLogging(context.request, addressOf(bucket));
    return logging === null ? null : { ...logging, grants: logging.grants.map(showGrant) };
  }

  @Mutation(() => SetBucketLoggingPayload, {
    description: 'Logs the requests that come to a bucket by S3, as objects of another bucket or of the same.',
  })
  setBucketLogging(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => SetBucketLoggingInput, { description: 'The bucket and where to.' })
    { bucket, tenant, logging }: SetBucketLoggingInput,
  ): Promise<BucketResult> {
    return answer(async () => {
      const input = { bucket, tenant: optional(tenant), logging: logging ? inputOf(logging) : null };
      return { bucket: await setBucketLogging(context.request, input) };
    });
  }
}

function inputOf({ targetBucket, targetPrefix, keyFormat, grants }: BucketLoggingInput): LoggingInput {
  return {
    targetBucket,
    targetPrefix: targetPrefix ?? '',
    keyFormat: keyFormat ?? 'Simple',
    grants: (grants ?? []).map(askedGrant),
  };
}
