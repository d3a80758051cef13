import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, FieldResolver, Info, Resolver, Root } from 'type-graphql';
import { Bucket } from '../entities/bucket.js';
import { ObjectVersion } from '../entities/object-version.js';
import { describeObject } from '../operations/objects/get-object.js';
import { countObjects, type ListPage, listBriefObjects, listObjects } from '../operations/objects/list-objects.js';
import type { BriefObject, BucketInfo, ObjectInfo } from '../operations/types.js';
import {
  type Connection,
  type Counted,
  ForwardPageArgs,
  inListOrder,
  PageArgs,
  pageRequest,
  toConnection,
} from './connection.js';
import type { GraphqlContext } from './context.js';
import { folderAt, folderPath } from './folder-path.js';
import { optional } from './input.js';
import { orHidden, orNull } from './nullable.js';
import {
  addressOf,
  briefFields,
  type PlacedBriefObject,
  type PlacedObject,
  placeObject,
  placeOf,
} from './placed-object.js';
import { itemFields } from './selected-fields.js';
import { Folder, FolderEntryConnection, StoredObjectConnection } from './stored-object-types.js';

/** What a bucket holds that was deleted by the very mutation that shows it. */
const nothing: Pick<ListPage<never>, 'entries' | 'truncated'> = { entries: [], truncated: false };

/** The lists that a bucket holds. */
@Resolver(() => Bucket)
export class BucketContentsResolver {
  @FieldResolver(() => ObjectVersion, {
    nullable: true,
    description: 'The object of this key; null when there is none, or the caller may not read it.',
  })
  async object(
    @Root() bucket: BucketInfo,
    @Ctx() context: GraphqlContext,
    @Arg('key', () => String, { description: "The object's key." }) key: string,
    @Arg('versionId', () => String, { nullable: true, description: 'The version; the current one by default.' })
    versionId?: string | null,
  ): Promise<PlacedObject | null> {
    const address = { ...addressOf(bucket), key, versionId: optional(versionId) };
    const object = await orHidden(describeObject(context.request, { ...address, markers: 'SHOWN' }));
    return object === null ? null : placeObject(object, placeOf(bucket));
  }

  @FieldResolver(() => StoredObjectConnection, {
    description:
      'The current objects, by key in the byte order of UTF-8. Example: `objects(prefix: "2026/", first: 50) { nodes { key size } pageInfo { hasNextPage endCursor } }`',
  })
  async objects(
    @Root() bucket: BucketInfo,
    @Ctx() context: GraphqlContext,
    @Info() info: GraphQLResolveInfo,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('prefix', () => String, { nullable: true, description: 'Only keys that begin with this.' }) prefix?:
      | string
      | null,
  ): Promise<Counted<PlacedObject | PlacedBriefObject>> {
    const list = 'objects';
    const request = pageRequest(page, list);
    const scope = { ...addressOf(bucket), prefix: optional(prefix) };
    const isBrief = [...itemFields(info)].every((name) => briefFields.has(name));
    const input = { ...scope, ...request };
    const found: ListPage<ObjectInfo | BriefObject> | null = await orNull<ListPage<ObjectInfo | BriefObject>>(
      isBrief ? listBriefObjects(context.request, input) : listObjects(context.request, input),
    );
    const { entries, truncated } = found ?? nothing;
    const place = placeOf(bucket);
    const objects = entries.flatMap((entry) => (entry.kind === 'object' ? [placeObject(entry.object, place)] : []));
    const connection = toConnection(
      { request, truncated, list },
      inListOrder(request, objects),
      (object) => object.key,
    );
    return { ...connection, count: async () => (await orNull(countObjects(context.request, scope))) ?? 0 };
  }

  @FieldResolver(() => Folder, {
    nullable: true,
    description: 'The folder of this path, with what it holds; null when no key begins with it.',
  })
  async folder(
    @Root() bucket: BucketInfo,
    @Ctx() context: GraphqlContext,
    @Arg('path', () => String, { description: "The folder's path, such as `photos/2026/`; empty for the top." })
    path: string,
  ): Promise<Folder | null> {
    const folder = folderAt(placeOf(bucket), folderPath(path));
    const input = { ...addressOf(bucket), prefix: folder.path, limit: 1 };
    const found = await orNull(listObjects(context.request, input));
    return found === null || (folder.path !== '' && found.entries.length === 0) ? null : folder;
  }

  @FieldResolver(() => FolderEntryConnection, {
    description: 'One level of the bucket, with "/" as the separator: the folders and objects directly in a folder.',
  })
  async entries(
    @Root() bucket: BucketInfo,
    @Ctx() context: GraphqlContext,
    @Args(() => ForwardPageArgs) page: ForwardPageArgs,
    @Arg('folder', () => String, {
      nullable: true,
      description: "The folder's path, such as `photos/2026/`; the top by default.",
    })
    folder?: string | null,
  ): Promise<Connection<PlacedObject | Folder>> {
    const list = 'entries';
    const request = pageRequest(page, list);
    const input = { ...addressOf(bucket), ...request, prefix: folderPath(folder ?? ''), delimiter: '/' };
    const { entries, truncated } = (await orNull(listObjects(context.request, input))) ?? nothing;
    const place = placeOf(bucket);
    const nodes = entries.map((entry) =>
      entry.kind === 'object' ? placeObject(entry.object, place) : folderAt(place, entry.prefix),
    );
    return toConnection({ request, truncated, list }, nodes, (node) => ('path' in node ? node.path : node.key));
  }
}
