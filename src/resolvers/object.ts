import { GraphQLJSON, GraphQLURL } from 'graphql-scalars';
import { Arg, Args, Ctx, FieldResolver, ID, Int, Query, Resolver, Root } from 'type-graphql';
import { Bucket } from '../entities/bucket.js';
import { ObjectVersion } from '../entities/object-version.js';
import { User } from '../entities/user.js';
import { readingRight } from '../operations/access/authorize-read.js';
import { countKeyVersions } from '../operations/objects/count-versions.js';
import { createDownloadLink } from '../operations/objects/download-link.js';
import { describeObject } from '../operations/objects/get-object.js';
import { listKeyVersions } from '../operations/objects/list-versions.js';
import { objectSha256 } from '../operations/objects/object-sha256.js';
import type { BucketInfo, ObjectChecksum } from '../operations/types.js';
import { toGlobalId } from '../wire/global-id.js';
import { type Counted, inListOrder, PageArgs, pageRequest, toConnection } from './connection.js';
import type { GraphqlContext } from './context.js';
import { optional } from './input.js';
import { orHidden, orNull } from './nullable.js';
import { canBeOpened, objectAddress, type PlacedObject, placeAt, placeObject, shownObject } from './placed-object.js';
import type { UserSource } from './sources.js';
import { ObjectChecksumType, StoredObjectConnection, Tag } from './stored-object-types.js';

const usualLink = 300;
const nullUnlessReadable = 'Null when the caller may not read the object.';

@Resolver(() => ObjectVersion)
export class ObjectResolver {
  @Query(() => ObjectVersion, {
    nullable: true,
    description:
      'The current version of a key, or the version asked for, which may be a delete marker; null when there is none or it is deleted. Example: `object(bucket: "photos", key: "cat.jpg") { size contentType downloadUrl }`',
  })
  async object(
    @Ctx() context: GraphqlContext,
    @Arg('bucket', () => String, { description: "The bucket's name." }) bucket: string,
    @Arg('key', () => String, { description: "The object's key." }) key: string,
    @Arg('versionId', () => String, { nullable: true, description: 'The version; the current one by default.' })
    versionId?: string | null,
    @Arg('tenant', () => String, { nullable: true, description: "The bucket's tenant; the caller's own by default." })
    tenant?: string | null,
  ): Promise<PlacedObject | null> {
    const address = { bucket, key, tenant: optional(tenant), versionId: optional(versionId) };
    const object = await orNull(describeObject(context.request, { ...address, markers: 'SHOWN' }));
    return object === null ? null : placeAt(context, address, object);
  }

  @FieldResolver(() => ID, { description: 'The global id, for `node`.' })
  id(@Root() object: PlacedObject): string {
    return toGlobalId('StoredObject', object.id);
  }

  @FieldResolver(() => String, { description: 'The id of this version; `null` for one written without versioning.' })
  versionId(@Root() object: PlacedObject): string {
    return object.versionId;
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: `SHA-256 of the content in hexadecimal. For an object put together from parts it is computed when first asked for; in the trash, and where the bytes can only be opened with a key of the client, it is null then; delete markers have none. ${nullUnlessReadable}`,
  })
  async sha256(@Root() object: PlacedObject, @Ctx() context: GraphqlContext): Promise<string | null> {
    if (!(await mayRead(context, object, 'content'))) {
      return null;
    }
    if (object.deleteMarker || (object.sha256 === null && !canBeOpened(object))) {
      return null;
    }
    return (await objectSha256(context.request, object)).toString('hex');
  }

  @FieldResolver(() => GraphQLJSON, {
    nullable: true,
    description: `The user metadata: names and values, all of them strings. ${nullUnlessReadable}`,
  })
  async metadata(@Root() object: PlacedObject, @Ctx() context: GraphqlContext): Promise<Record<string, string> | null> {
    return (await mayRead(context, object, 'content')) ? object.metadata : null;
  }

  @FieldResolver(() => [Tag], {
    nullable: true,
    description: 'The tags, by key; null when the caller may not see them.',
  })
  async tags(@Root() object: PlacedObject, @Ctx() context: GraphqlContext): Promise<Tag[] | null> {
    if (!(await mayRead(context, object, 'tags'))) {
      return null;
    }
    const tags = Object.entries(object.tags).map(([key, value]) => ({ key, value }));
    return tags.sort((left, right) => (left.key < right.key ? -1 : 1));
  }

  @FieldResolver(() => ObjectChecksumType, {
    nullable: true,
    description: 'The checksum that the uploader asked for; null when it asked for none.',
  })
  checksum(@Root() object: PlacedObject): ObjectChecksum | null {
    return object.checksum;
  }

  @FieldResolver(() => Int, {
    description: 'How many parts the object was put together from; 0 when it came in one piece.',
  })
  partCount(@Root() object: PlacedObject): number {
    return object.partCount;
  }

  @FieldResolver(() => Bucket, {
    nullable: true,
    description: 'The bucket; null when the caller may read the object but not the bucket.',
  })
  bucket(@Root() object: PlacedObject, @Ctx() context: GraphqlContext): Promise<BucketInfo | null> {
    return context.loaders.buckets.load(object.bucketId);
  }

  @FieldResolver(() => User, {
    nullable: true,
    description: 'Who wrote the version; null when it is nobody whom the caller may see.',
  })
  async owner(@Root() object: PlacedObject, @Ctx() context: GraphqlContext): Promise<UserSource | null> {
    return object.ownerId === null ? null : context.loaders.users.load(object.ownerId);
  }

  @FieldResolver(() => GraphQLURL, {
    nullable: true,
    description: `An address that lets whoever has it download this version for a while, without signing in; null in the trash, for delete markers, and for bytes that can only be opened with a key of the client. ${nullUnlessReadable}`,
  })
  async downloadUrl(
    @Root() object: PlacedObject,
    @Ctx() context: GraphqlContext,
    @Arg('expiresIn', () => Int, {
      nullable: true,
      defaultValue: usualLink,
      description: 'For how many seconds, 1 to 604800 (seven days).',
    })
    wanted: number | null,
  ): Promise<string | null> {
    if (!canBeOpened(object)) {
      return null;
    }
    const token = await createDownloadLink(context.request, {
      ...shownObject(context, object),
      expiresIn: wanted ?? usualLink,
    });
    return token === null ? null : `${context.publicUrl}/download/${token}`;
  }

  @FieldResolver(() => StoredObjectConnection, {
    nullable: true,
    description:
      'All versions of the key, delete markers too, newest first; null when the caller may not list the versions.',
  })
  async versions(
    @Root() object: PlacedObject,
    @Ctx() context: GraphqlContext,
    @Args(() => PageArgs) page: PageArgs,
  ): Promise<Counted<PlacedObject> | null> {
    const list = 'versions';
    const request = pageRequest(page, list);
    const address = objectAddress(object);
    // A page that begins somewhere is one of a single key; first pages are asked of many.
    const found = await (request.after === undefined
      ? context.loaders.keyVersions.load({ address, page: request })
      : orHidden(listKeyVersions(context.request, { ...address, ...request })));
    if (found === null) {
      return null;
    }
    const { objects, truncated } = found;
    const placed = objects.map((version) => placeObject(version, object.place));
    const connection = toConnection(
      { request, truncated, list },
      inListOrder(request, placed),
      (version) => version.versionId,
    );
    return { ...connection, count: () => countKeyVersions(context.request, address) };
  }
}

/** Who may list a bucket, or write to it, may not therefore read this of what is in it. */
async function mayRead(context: GraphqlContext, object: PlacedObject, what: 'content' | 'tags'): Promise<boolean> {
  return (await readingRight(context.request, { ...shownObject(context, object), what })) !== undefined;
}
