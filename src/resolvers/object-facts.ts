import { GraphQLDateTime } from 'graphql-scalars';
import { Arg, Ctx, FieldResolver, Int, Resolver, Root } from 'type-graphql';
import { Bucket } from '../entities/bucket.js';
import { ObjectVersion } from '../entities/object-version.js';
import { GranaryError } from '../errors.js';
import { objectFacts } from '../operations/objects/object-facts.js';
import { searchFreshness } from '../operations/search/search-freshness.js';
import type { BucketInfo } from '../operations/types.js';
import type { GraphqlContext } from './context.js';
import { BucketFactsType, type KindFactsType, ObjectFactsType } from './object-facts-types.js';
import type { PlacedObject } from './placed-object.js';
import { searchPage } from './search.js';
import { Viewer } from './viewer.js';

const few = 'How many, 1 to 100; 5 by default.';

@Resolver(() => Viewer)
export class ViewerFactsResolver {
  @FieldResolver(() => ObjectFactsType, {
    description:
      'What there is for the user: totals, counts by kind and by bucket, the newest and the largest objects.',
  })
  async facts(@Ctx() context: GraphqlContext): Promise<ObjectFactsType> {
    const found = await objectFacts(context.request);
    const { objects, bytes } = found;
    return { found, objects, bytes, kinds: found.kinds as KindFactsType[] };
  }
}

@Resolver(() => ObjectFactsType)
export class ObjectFactsResolver {
  @FieldResolver(() => [BucketFactsType], { description: 'By bucket, the one with the most bytes first.' })
  buckets(
    @Root() { found }: ObjectFactsType,
    @Arg('first', () => Int, { nullable: true, defaultValue: 10, description: 'How many, 1 to 100; 10 by default.' })
    first?: number | null,
  ): BucketFactsType[] {
    return found.buckets.slice(0, validCount(first ?? 10)) as BucketFactsType[];
  }

  @FieldResolver(() => [ObjectVersion], { description: 'The newest objects that the user may list and read.' })
  newest(
    @Ctx() context: GraphqlContext,
    @Arg('first', () => Int, { nullable: true, defaultValue: 5, description: few }) first?: number | null,
  ): Promise<PlacedObject[]> {
    return topOf(context, 'DATE', first ?? 5);
  }

  @FieldResolver(() => [ObjectVersion], { description: 'The largest objects that the user may list and read.' })
  largest(
    @Ctx() context: GraphqlContext,
    @Arg('first', () => Int, { nullable: true, defaultValue: 5, description: few }) first?: number | null,
  ): Promise<PlacedObject[]> {
    return topOf(context, 'SIZE', first ?? 5);
  }

  @FieldResolver(() => GraphQLDateTime, {
    nullable: true,
    description:
      'What was changed before is counted: usually until a second ago. Null while objects from before are still being read.',
  })
  countedUntil(@Ctx() context: GraphqlContext): Promise<Date | null> {
    return searchFreshness(context.request);
  }
}

@Resolver(() => BucketFactsType)
export class BucketFactsResolver {
  @FieldResolver(() => Bucket, {
    nullable: true,
    description: 'The bucket; null when the user may list its objects but not read what it is.',
  })
  bucket(@Root() { bucketId }: BucketFactsType, @Ctx() context: GraphqlContext): Promise<BucketInfo | null> {
    return context.loaders.buckets.load(bucketId);
  }
}

/** Fewer where the search ends before: that one list is short must not take all of the facts away. */
async function topOf(context: GraphqlContext, order: 'DATE' | 'SIZE', first: number): Promise<PlacedObject[]> {
  const limit = validCount(first);
  const { nodes } = await searchPage(context, { order, direction: 'DESC', limit, unfinished: 'SHOW' });
  return nodes;
}

function validCount(first: number): number {
  if (first < 1 || first > 100) {
    throw new GranaryError('InvalidInput', '"first" must be 1 to 100.', {
      reason: 'InvalidArgument',
      field: ['first'],
    });
  }
  return first;
}
