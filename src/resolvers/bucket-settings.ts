import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { Bucket } from '../entities/bucket.js';
import type { PublicAccessBlock } from '../operations/buckets/bucket-configuration.js';
import { setBucketAcceleration, visibleAcceleration } from '../operations/buckets/set-bucket-acceleration.js';
import {
  deleteBucketOwnership,
  setBucketOwnership,
  visibleOwnership,
} from '../operations/buckets/set-bucket-ownership.js';
import { setBucketRequestPayment, visibleRequestPayment } from '../operations/buckets/set-bucket-request-payment.js';
import { setBucketTags, visibleBucketTags } from '../operations/buckets/set-bucket-tags.js';
import {
  deletePublicAccessBlock,
  setPublicAccessBlock,
  visiblePublicAccessBlock,
} from '../operations/buckets/set-public-access-block.js';
import type { BucketInfo } from '../operations/types.js';
import {
  AccelerationEnum,
  ObjectOwnershipEnum,
  PublicAccessBlockType,
  RequestPayerEnum,
  SetBucketAccelerationInput,
  SetBucketAccelerationPayload,
  SetBucketOwnershipInput,
  SetBucketOwnershipPayload,
  SetBucketRequestPaymentInput,
  SetBucketRequestPaymentPayload,
  SetBucketTagsInput,
  SetBucketTagsPayload,
  SetPublicAccessBlockInput,
  SetPublicAccessBlockPayload,
} from './bucket-settings-types.js';
import type { GraphqlContext } from './context.js';
import { optional, tagsOf } from './input.js';
import { addressOf } from './placed-object.js';
import type { BucketResult } from './results.js';
import { Tag } from './stored-object-types.js';
import { answer } from './user-error.js';

/** The smaller settings that S3 has of a bucket. */
@Resolver(() => Bucket)
export class BucketSettingsResolver {
  @FieldResolver(() => [Tag], { nullable: true, description: 'The tags; null when the caller may not see them.' })
  async tags(@Root() bucket: BucketInfo, @Ctx() context: GraphqlContext): Promise<Tag[] | null> {
    const tags = await visibleBucketTags(context.request, addressOf(bucket));
    return tags === null ? null : Object.entries(tags).map(([key, value]) => ({ key, value }));
  }

  @FieldResolver(() => RequestPayerEnum, {
    nullable: true,
    description: 'Who pays for requests; null when the caller may not see it.',
  })
  requestPayer(@Root() bucket: BucketInfo, @Ctx() context: GraphqlContext): Promise<string | null> {
    return visibleRequestPayment(context.request, addressOf(bucket));
  }

  @FieldResolver(() => AccelerationEnum, {
    nullable: true,
    description: 'The transfer acceleration; null when it was never set, or when the caller may not see it.',
  })
  acceleration(@Root() bucket: BucketInfo, @Ctx() context: GraphqlContext): Promise<string | null> {
    return visibleAcceleration(context.request, addressOf(bucket));
  }

  @FieldResolver(() => ObjectOwnershipEnum, {
    nullable: true,
    description: 'Who owns what others write; null when that is not set, or when the caller may not see it.',
  })
  objectOwnership(@Root() bucket: BucketInfo, @Ctx() context: GraphqlContext): Promise<string | null> {
    return visibleOwnership(context.request, addressOf(bucket));
  }

  @FieldResolver(() => PublicAccessBlockType, {
    nullable: true,
    description: 'What cannot be made public; null when that is not set, or when the caller may not see it.',
  })
  publicAccessBlock(@Root() bucket: BucketInfo, @Ctx() context: GraphqlContext): Promise<PublicAccessBlock | null> {
    return visiblePublicAccessBlock(context.request, addressOf(bucket));
  }

  @Mutation(() => SetBucketTagsPayload, { description: 'Sets all tags of a bucket.' })
  setBucketTags(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => SetBucketTagsInput, { description: 'The bucket and its tags.' })
    { bucket, tenant, tags }: SetBucketTagsInput,
  ): Promise<BucketResult> {
    return answer(async () => {
      const input = { bucket, tenant: optional(tenant), tags: tagsOf(tags) ?? {} };
      return { bucket: await setBucketTags(context.request, input) };
    });
  }

  @Mutation(() => SetBucketRequestPaymentPayload, { description: 'Says who pays for the requests of a bucket.' })
  setBucketRequestPayment(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => SetBucketRequestPaymentInput, { description: 'The bucket and who pays.' })
    { bucket, tenant, payer }: SetBucketRequestPaymentInput,
  ): Promise<BucketResult> {
    return answer(async () => ({
      bucket: await setBucketRequestPayment(context.request, { bucket, tenant: optional(tenant), payer }),
    }));
  }

  @Mutation(() => SetBucketAccelerationPayload, {
    description: 'Turns the transfer acceleration of a bucket on or off.',
  })
  setBucketAcceleration(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => SetBucketAccelerationInput, { description: 'The bucket and its acceleration.' })
    { bucket, tenant, acceleration }: SetBucketAccelerationInput,
  ): Promise<BucketResult> {
    return answer(async () => ({
      bucket: await setBucketAcceleration(context.request, { bucket, tenant: optional(tenant), acceleration }),
    }));
  }

  @Mutation(() => SetBucketOwnershipPayload, {
    description: 'Says who owns what others write into a bucket, and whether access control lists count.',
  })
  setBucketOwnership(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => SetBucketOwnershipInput, { description: 'The bucket and the ownership.' })
    { bucket, tenant, ownership }: SetBucketOwnershipInput,
  ): Promise<BucketResult> {
    return answer(async () => {
      const address = { bucket, tenant: optional(tenant) };
      return {
        bucket:
          ownership === null || ownership === undefined
            ? await deleteBucketOwnership(context.request, address)
            : await setBucketOwnership(context.request, { ...address, ownership }),
      };
    });
  }

  @Mutation(() => SetPublicAccessBlockPayload, {
    description: 'Says what cannot be made public in a bucket, whatever its policy and access control lists say.',
  })
  setPublicAccessBlock(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => SetPublicAccessBlockInput, { description: 'The bucket and what is blocked.' })
    { bucket, tenant, block }: SetPublicAccessBlockInput,
  ): Promise<BucketResult> {
    return answer(async () => {
      const address = { bucket, tenant: optional(tenant) };
      return {
        bucket:
          block === null || block === undefined
            ? await deletePublicAccessBlock(context.request, address)
            : await setPublicAccessBlock(context.request, { ...address, block: blockOf(block) }),
      };
    });
  }
}

function blockOf(input: NonNullable<SetPublicAccessBlockInput['block']>): PublicAccessBlock {
  return {
    blockPublicAcls: input.blockPublicAcls ?? false,
    ignorePublicAcls: input.ignorePublicAcls ?? false,
    blockPublicPolicy: input.blockPublicPolicy ?? false,
    restrictPublicBuckets: input.restrictPublicBuckets ?? false,
  };
}
