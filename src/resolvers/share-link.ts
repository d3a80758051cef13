import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql';
import { Bucket } from '../entities/bucket.js';
import { ObjectVersion } from '../entities/object-version.js';
import { ShareLink } from '../entities/share-link.js';
import { User } from '../entities/user.js';
import { createShareLink } from '../operations/shares/create-share-link.js';
import { noSuchShareLink } from '../operations/shares/find-share-link.js';
import { countShareLinks, listShareLinks, type ShareLinksOf } from '../operations/shares/list-share-links.js';
import type { ShareAccessInfo } from '../operations/shares/load-share-accesses.js';
import type { SharesOf } from '../operations/shares/load-share-links.js';
import { revokeShareLink } from '../operations/shares/revoke-share-link.js';
import { updateShareLink } from '../operations/shares/update-share-link.js';
import type { BucketInfo } from '../operations/types.js';
import { parseGlobalId, parseRowId, toGlobalId } from '../wire/global-id.js';
import { type Counted, PageArgs, pageRequest, toConnection } from './connection.js';
import type { GraphqlContext } from './context.js';
import { optional } from './input.js';
import { addressOf, objectAddress, type PlacedObject } from './placed-object.js';
import {
  CreateShareLinkInput,
  CreateShareLinkPayload,
  RevokeShareLinkInput,
  RevokeShareLinkPayload,
  ShareAccessConnection,
  ShareLinkConnection,
  ShareLinkState,
  UpdateShareLinkInput,
  UpdateShareLinkPayload,
} from './share-link-types.js';
import { type ShareLinkSource, toShareLinkSource, type UserSource } from './sources.js';
import { answer } from './user-error.js';
import { Viewer } from './viewer.js';

type Links = Counted<ShareLinkSource>;

const listed = 'The newest first; all of them for who may list them, else those that the caller made.';

@Resolver(() => ShareLink)
export class ShareLinkResolver {
  @Query(() => ShareLinkConnection, { description: `The share links of a tenant. ${listed}` })
  shareLinks(
    @Ctx() context: GraphqlContext,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('tenant', () => String, {
      nullable: true,
      description: "The name of the tenant; the caller's own by default.",
    })
    tenant?: string | null,
  ): Promise<Links> {
    return pageOfLinks(context, page, { tenant: optional(tenant) });
  }

  @Mutation(() => CreateShareLinkPayload, {
    description:
      'Makes a link by which anybody who has it can see and download an object or a folder, without signing in, with the rights that the caller has at that time. Example: `createShareLink(input: { bucket: "photos", key: "cat.jpg", maxDownloads: 10 }) { url shareLink { id } userErrors { code message } }`',
  })
  createShareLink(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => CreateShareLinkInput, { description: 'What to share, and how.' }) input: CreateShareLinkInput,
  ): Promise<CreateShareLinkPayload> {
    return answer(async () => {
      const { link, token } = await createShareLink(context.request, {
        bucket: input.bucket,
        ...(input.tenant == null ? {} : { tenant: input.tenant }),
        key: optional(input.key),
        folder: optional(input.folder),
        versionId: optional(input.versionId),
        description: optional(input.description),
        ...{ password: input.password, expiresAt: input.expiresAt, maxDownloads: input.maxDownloads },
      });
      return { shareLink: toShareLinkSource(link), url: `${context.publicUrl}/s/${token}`, token };
    });
  }

  @Mutation(() => UpdateShareLinkPayload, {
    description: "Changes a share link's limits, description or password; for who made it, or may for its bucket.",
  })
  updateShareLink(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => UpdateShareLinkInput, { description: 'The link, and what changes.' })
    { id, description, ...limits }: UpdateShareLinkInput,
  ): Promise<UpdateShareLinkPayload> {
    return answer(async () => {
      const change = { ...limits, id: rowOf(id), description: optional(description) };
      return { shareLink: toShareLinkSource(await updateShareLink(context.request, change)) };
    });
  }

  @Mutation(() => RevokeShareLinkPayload, {
    description: 'Takes a share link back for good, at once and everywhere; downloads that are under way break off.',
  })
  revokeShareLink(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => RevokeShareLinkInput, { description: 'The link.' }) { id }: RevokeShareLinkInput,
  ): Promise<RevokeShareLinkPayload> {
    return answer(async () => ({
      shareLink: toShareLinkSource(await revokeShareLink(context.request, { id: rowOf(id) })),
    }));
  }

  @FieldResolver(() => ID, { description: 'The global id, for `node` and to change or revoke the link.' })
  id(@Root() link: ShareLinkSource): string {
    return toGlobalId('ShareLink', link.id);
  }

  @FieldResolver(() => Bucket, { nullable: true, description: 'The bucket; null when the caller may not see it.' })
  bucket(@Root() link: ShareLinkSource, @Ctx() context: GraphqlContext): Promise<BucketInfo | null> {
    return context.loaders.buckets.load(link.bucketId);
  }

  @FieldResolver(() => String, { nullable: true, description: 'The key of the object; null for a folder.' })
  key(@Root() { kind, path }: ShareLinkSource): string | null {
    return kind === 'OBJECT' ? path : null;
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: 'What the keys of the folder begin with; null for an object.',
  })
  folder(@Root() { kind, path }: ShareLinkSource): string | null {
    return kind === 'FOLDER' ? path : null;
  }

  @FieldResolver(() => Boolean, { description: 'True when visitors have to give a password.' })
  hasPassword(@Root() { hasPassword }: ShareLinkSource): boolean {
    return hasPassword;
  }

  @FieldResolver(() => ShareLinkState, { description: 'Whether it can still be used, as far as its own limits go.' })
  state(@Root() { revokedAt, expiresAt, downloads, maxDownloads }: ShareLinkSource): ShareLinkState {
    if (revokedAt !== null) {
      return 'REVOKED';
    }
    if (expiresAt !== null && expiresAt.getTime() <= Date.now()) {
      return 'EXPIRED';
    }
    return maxDownloads !== null && downloads >= maxDownloads ? 'USED_UP' : 'ACTIVE';
  }

  @FieldResolver(() => User, {
    nullable: true,
    description: 'Who made it, and with whose rights it reads; null when it is nobody whom the caller may see.',
  })
  createdBy(@Root() link: ShareLinkSource, @Ctx() context: GraphqlContext): Promise<UserSource | null> {
    return context.loaders.users.load(link.userId);
  }

  @FieldResolver(() => ShareAccessConnection, {
    description: 'Who used it, the newest first, for as long as the server keeps that.',
  })
  async accesses(
    @Root() link: ShareLinkSource,
    @Ctx() context: GraphqlContext,
    @Args(() => PageArgs) page: PageArgs,
  ): Promise<Counted<ShareAccessInfo>> {
    const list = 'accesses';
    const request = pageRequest(page, list);
    const { accesses, truncated } = await context.loaders.shareAccesses.load({ of: link.id, page: request });
    const connection = toConnection({ request, truncated, list }, accesses, ({ id }) => String(id));
    return { ...connection, count: () => context.loaders.shareAccessCounts.load(link.id) };
  }
}

@Resolver(() => Bucket)
export class BucketSharesResolver {
  @FieldResolver(() => ShareLinkConnection, { description: `The share links into the bucket. ${listed}` })
  shareLinks(
    @Root() bucket: BucketInfo,
    @Ctx() context: GraphqlContext,
    @Args(() => PageArgs) page: PageArgs,
  ): Promise<Links> {
    return pageOfShares(context, page, addressOf(bucket));
  }
}

@Resolver(() => ObjectVersion)
export class ObjectSharesResolver {
  @FieldResolver(() => ShareLinkConnection, {
    description: `The share links to objects of this key, whichever version they lead to. ${listed}`,
  })
  shareLinks(
    @Root() object: PlacedObject,
    @Ctx() context: GraphqlContext,
    @Args(() => PageArgs) page: PageArgs,
  ): Promise<Links> {
    return pageOfShares(context, page, objectAddress(object));
  }
}

@Resolver(() => Viewer)
export class ViewerSharesResolver {
  @FieldResolver(() => ShareLinkConnection, {
    description: 'The share links that the user made in its tenant, the newest first.',
  })
  shareLinks(@Ctx() context: GraphqlContext, @Args(() => PageArgs) page: PageArgs): Promise<Links> {
    return pageOfLinks(context, page, { whose: 'own' });
  }
}

async function pageOfLinks(context: GraphqlContext, page: PageArgs, scope: ShareLinksOf): Promise<Links> {
  const list = 'shareLinks';
  const request = pageRequest(page, list);
  const { links, truncated } = await listShareLinks(context.request, { ...scope, ...request });
  const connection = toConnection({ request, truncated, list }, links.map(toShareLinkSource), ({ id }) => String(id));
  return { ...connection, count: () => countShareLinks(context.request, scope) };
}

async function pageOfShares(context: GraphqlContext, page: PageArgs, of: SharesOf): Promise<Links> {
  const list = 'shareLinks';
  const request = pageRequest(page, list);
  const { links, truncated } = await context.loaders.shareLinks.load({ of, page: request });
  const connection = toConnection({ request, truncated, list }, links.map(toShareLinkSource), ({ id }) => String(id));
  return { ...connection, count: () => context.loaders.shareLinkCounts.load(of) };
}

/** What is no id of a link is the id of none. */
function rowOf(globalId: string): number {
  const parsed = parseGlobalId(globalId);
  const row = parsed?.type === 'ShareLink' ? parseRowId(parsed.id) : undefined;
  if (row === undefined) {
    throw noSuchShareLink();
  }
  return row;
}
