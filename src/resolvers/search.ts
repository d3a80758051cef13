import { Arg, Args, Ctx, Query, Resolver } from 'type-graphql';
import { searchFreshness } from '../operations/search/search-freshness.js';
import { type SearchInput, searchObjects } from '../operations/search/search-objects.js';
import { type Connection, ForwardPageArgs, forwardSize } from './connection.js';
import type { GraphqlContext } from './context.js';
import { optional, tagsOf } from './input.js';
import { type PlacedObject, placeObject, placeOf } from './placed-object.js';
import {
  type MetadataInput,
  SearchFilterInput,
  SearchOrderInput,
  SearchResultConnection,
  type SearchResults,
} from './search-types.js';

@Resolver()
export class SearchResolver {
  @Query(() => SearchResultConnection, {
    description:
      'Finds current objects by words, keys, tags, metadata, type, size and date: those that the caller may list and read. ' +
      'Example: `search(text: "invoice acme", filter: { contentType: "application/pdf" }, first: 20) { nodes { key } }`',
  })
  async search(
    @Ctx() context: GraphqlContext,
    @Args(() => ForwardPageArgs) page: ForwardPageArgs,
    @Arg('text', () => String, {
      nullable: true,
      description:
        'Words, all of which stand in the key, the tags or the metadata, or begin a word there; 256 characters and ten ' +
        'words at most. Case and accents do not matter.',
    })
    text?: string | null,
    @Arg('filter', () => SearchFilterInput, { nullable: true, description: 'What else the objects have.' })
    filter?: SearchFilterInput | null,
    @Arg('orderBy', () => SearchOrderInput, {
      nullable: true,
      description: 'How they are sorted: by relevance by default where there is text, else by name.',
    })
    orderBy?: SearchOrderInput | null,
    @Arg('matchTypos', () => Boolean, {
      nullable: true,
      defaultValue: true,
      description: 'Whether words that differ by a letter from those of the text count too, below all that fit.',
    })
    matchTypos?: boolean | null,
    @Arg('tenant', () => String, {
      nullable: true,
      description: "The name of the tenant to search; the caller's own by default.",
    })
    tenant?: string | null,
  ): Promise<SearchResults> {
    const input: SearchInput = {
      ...filterOf(filter ?? {}),
      text: optional(text),
      order: optional(orderBy?.field),
      direction: optional(orderBy?.direction),
      typos: matchTypos === false ? 'IGNORE' : 'FIND',
      tenant: optional(tenant),
      after: optional(page.after),
      limit: forwardSize(page),
    };
    return { ...(await searchPage(context, input)), until: () => searchFreshness(context.request) };
  }
}

/** The found objects as a connection. */
export async function searchPage(context: GraphqlContext, input: SearchInput): Promise<Connection<PlacedObject>> {
  const { found, endCursor, isMore } = await searchObjects(context.request, input);
  const edges = found.map(({ object, bucket, cursor }) => ({ cursor, node: placeObject(object, placeOf(bucket)) }));
  return {
    edges,
    nodes: edges.map(({ node }) => node),
    pageInfo: {
      hasNextPage: isMore,
      hasPreviousPage: input.after !== undefined,
      startCursor: edges[0]?.cursor ?? null,
      endCursor,
    },
  };
}

function filterOf(filter: SearchFilterInput): Omit<SearchInput, 'limit'> {
  return {
    buckets: optional(filter.buckets),
    prefix: optional(filter.prefix),
    key: optional(filter.key),
    tags: tagsOf(filter.tags),
    metadata: metadataPairs(filter.metadata),
    contentType: optional(filter.contentType),
    minSize: optional(filter.minSize),
    maxSize: optional(filter.maxSize),
    createdAfter: optional(filter.createdAfter),
    createdBefore: optional(filter.createdBefore),
    owner: optional(filter.owner),
    storageClass: optional(filter.storageClass),
  };
}

function metadataPairs(pairs: MetadataInput[] | null | undefined): Record<string, string> | undefined {
  return pairs ? Object.fromEntries(pairs.map(({ name, value }) => [name, value])) : undefined;
}
