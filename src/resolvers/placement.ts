import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { Bucket } from '../entities/bucket.js';
import { GranaryError } from '../errors.js';
import type { PlacementRule } from '../operations/blobs/placement.js';
import { wantCopies } from '../operations/blobs/want-copies.js';
import { setBucketPlacement } from '../operations/buckets/set-bucket-placement.js';
import type { BucketInfo } from '../operations/types.js';
import type { GraphqlContext } from './context.js';
import { optional } from './input.js';
import {
  type PlacementRuleInput,
  PlacementRuleType,
  SetBucketPlacementInput,
  SetBucketPlacementPayload,
  WantBucketCopiesInput,
  WantBucketCopiesPayload,
} from './placement-types.js';
import { answer } from './user-error.js';

/** Where the bytes of a bucket go. */
@Resolver(() => Bucket)
export class BucketPlacementResolver {
  @FieldResolver(() => [PlacementRuleType], {
    nullable: true,
    description: 'Where bytes go, the first rule that fits deciding; null when the caller may not see it.',
  })
  async placement(@Root() bucket: BucketInfo, @Ctx() context: GraphqlContext): Promise<PlacementRuleType[] | null> {
    const rules = await context.loaders.placements.load(bucket.id);
    return rules?.map((rule) => ({ ...rule, copies: rule.copies ?? [] })) ?? null;
  }

  @Mutation(() => SetBucketPlacementPayload, {
    description: 'Says in which stores the bytes of what is written from now on go. What is there stays where it is.',
  })
  setBucketPlacement(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => SetBucketPlacementInput, { description: 'The bucket and its rules.' })
    input: SetBucketPlacementInput,
  ): Promise<SetBucketPlacementPayload> {
    return answer(async () => ({
      bucket: await setBucketPlacement(context.request, {
        bucket: input.bucket,
        tenant: optional(input.tenant),
        rules: input.rules.map(toRule),
      }),
    }));
  }

  @Mutation(() => WantBucketCopiesPayload, {
    description:
      'Asks for the second copies that the rules want of what was written before. Call it until `next` is null.',
  })
  wantBucketCopies(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => WantBucketCopiesInput, { description: 'The bucket, and where to go on.' })
    input: WantBucketCopiesInput,
  ): Promise<WantBucketCopiesPayload> {
    return answer(async () => {
      const address = { bucket: input.bucket, tenant: optional(input.tenant) };
      const { versions, wanted, next } = await wantCopies(context.request, { ...address, after: placeOf(input.after) });
      return { versions, wanted, next: next === null ? null : String(next) };
    });
  }
}

function placeOf(after: string | null | undefined): number | undefined {
  if (after !== null && after !== undefined && !/^\d{1,15}$/.test(after)) {
    throw new GranaryError('InvalidInput', '"after" is not what a call before gave as "next".', { field: ['after'] });
  }
  return after === null || after === undefined ? undefined : Number(after);
}

function toRule(input: PlacementRuleInput): PlacementRule {
  const { prefix, storageClass, contentType, minSize, maxSize, store, copies } = input;
  return {
    ...(prefix ? { prefix } : {}),
    ...(storageClass ? { storageClass } : {}),
    ...(contentType ? { contentType } : {}),
    ...(typeof minSize === 'number' ? { minSize } : {}),
    ...(typeof maxSize === 'number' ? { maxSize } : {}),
    ...(store ? { store } : {}),
    ...(copies && copies.length > 0 ? { copies } : {}),
  };
}
