import { Arg, Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { Bucket } from '../entities/bucket.js';
import { ObjectVersion } from '../entities/object-version.js';
import { GranaryError } from '../errors.js';
import { countTrash } from '../operations/count-versions.js';
import { headObject } from '../operations/get-object.js';
import { countObjects, listObjects } from '../operations/list-objects.js';
import { listTrash } from '../operations/list-versions.js';
import type { BucketInfo } from '../operations/types.js';
import { addressOf, orNull } from './bucket.js';
import { type Connection, ForwardPageArgs, inListOrder, PageArgs, pageRequest, toConnection } from './connection.js';
import type { GraphqlContext } from './context.js';
import { optional } from './input.js';
import { type PlacedObject, placeObject, placeOf } from './placed-object.js';
import { type Folder, FolderEntryConnection, StoredObjectConnection } from './stored-object-types.js';

type Counted<Item> = Connection<Item> & { count(): Promise<number> };

/** The lists that a bucket holds. */
@Resolver(() => Bucket)
export class BucketContentsResolver {
  @FieldResolver(() => ObjectVersion, {
    nullable: true,
    description: 'The object of this key; null when there is none.',
  })
  async object(
    @Root() bucket: BucketInfo,
    @Ctx() context: GraphqlContext,
    @Arg('key', () => String, { description: "The object's key." }) key: string,
    @Arg('versionId', () => String, { nullable: true, description: 'The version; the current one by default.' })
    versionId?: string | null,
  ): Promise<PlacedObject | null> {
    const address = { ...addressOf(bucket), key, versionId: optional(versionId) };
    const head = await orNull(headObject(context.request, address));
    return head === null ? null : placeObject(head.object, placeOf(bucket));
  }

  @FieldResolver(() => StoredObjectConnection, {
    description: 'The current objects, by key in the byte order of UTF-8.',
  })
  async objects(
    @Root() bucket: BucketInfo,
    @Ctx() context: GraphqlContext,
    @Args(() => PageArgs) page: PageArgs,
    @Arg('prefix', () => String, { nullable: true, description: 'Only keys that begin with this.' }) prefix?:
      | string
      | null,
  ): Promise<Counted<PlacedObject>> {
    const list = 'objects';
    const request = pageRequest(page, list);
    const scope = { ...addressOf(bucket), prefix: optional(prefix) };
    const { entries, truncated } = await listObjects(context.request, { ...scope, ...request });
    const place = placeOf(bucket);
    const objects = entries.flatMap((entry) => (entry.kind === 'object' ? [placeObject(entry.object, place)] : []));
    const connection = toConnection(
      { request, truncated, list },
      inListOrder(request, objects),
      (object) => object.key,
    );
    return { ...connection, count: () => countObjects(context.request, scope) };
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
    const prefix = folderPrefix(folder ?? '');
    const input = { ...addressOf(bucket), ...request, prefix, delimiter: '/' };
    const { entries, truncated } = await listObjects(context.request, input);
    const place = placeOf(bucket);
    const nodes = entries.map((entry) =>
      entry.kind === 'object'
        ? placeObject(entry.object, place)
        : { path: entry.prefix, name: folderName(entry.prefix, prefix) },
    );
    return toConnection({ request, truncated, list }, nodes, (node) => ('path' in node ? node.path : node.key));
  }

  @FieldResolver(() => StoredObjectConnection, {
    description: 'Deleted and overwritten versions that can still be restored, by key, newest first within a key.',
  })
  async trash(
    @Root() bucket: BucketInfo,
    @Ctx() context: GraphqlContext,
    @Args(() => ForwardPageArgs) page: ForwardPageArgs,
    @Arg('prefix', () => String, { nullable: true, description: 'Only keys that begin with this.' }) prefix?:
      | string
      | null,
  ): Promise<Counted<PlacedObject>> {
    const list = 'trash';
    const request = pageRequest(page, list);
    const scope = { ...addressOf(bucket), prefix: optional(prefix) };
    const after = request.after === undefined ? undefined : trashPosition(request.after);
    const { objects, truncated } = await listTrash(context.request, { ...scope, limit: request.limit, after });
    const placed = objects.map((object) => placeObject(object, placeOf(bucket)));
    const connection = toConnection({ request, truncated, list }, placed, (object) => `${object.id}:${object.key}`);
    return { ...connection, count: () => countTrash(context.request, scope) };
  }
}

/** A folder's path ends in a slash, and the top is the empty one. */
function folderPrefix(folder: string): string {
  return folder === '' || folder.endsWith('/') ? folder : `${folder}/`;
}

function folderName(path: string, parent: string): string {
  return path.slice(parent.length, -1);
}

function trashPosition(position: string): { id: number; key: string } {
  const [, id, key] = /^(\d{1,16}):(.*)$/s.exec(position) ?? [];
  if (id === undefined || key === undefined) {
    throw new GranaryError('InvalidInput', '"after" is not a cursor of this list.', { field: ['after'] });
  }
  return { id: Number(id), key };
}
