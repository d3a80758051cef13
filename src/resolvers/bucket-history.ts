import { Args, ArgsType, Ctx, Field, FieldResolver, Resolver, Root } from 'type-graphql';
import { Bucket } from '../entities/bucket.js';
import { GranaryError } from '../errors.js';
import { countTrash, countVersions } from '../operations/objects/count-versions.js';
import { listTrash, listVersions } from '../operations/objects/list-versions.js';
import type { BucketInfo } from '../operations/types.js';
import { listStagedUploads } from '../operations/uploads/list-staged-uploads.js';
import type { StagedUpload } from '../operations/uploads/staged-upload.js';
import { type Connection, type Counted, ForwardPageArgs, pageRequest, toConnection } from './connection.js';
import type { GraphqlContext } from './context.js';
import { optional } from './input.js';
import { orHidden } from './nullable.js';
import { addressOf, type PlacedObject, placeObject, placeOf } from './placed-object.js';
import { StagedUploadConnection } from './staged-upload-types.js';
import { StoredObjectConnection } from './stored-object-types.js';

@ArgsType()
class PrefixPageArgs extends ForwardPageArgs {
  @Field(() => String, { nullable: true, description: 'Only keys that begin with this.' })
  prefix?: string | null;
}

/** What a bucket holds beside its current objects: what was, and what is about to come. */
@Resolver(() => Bucket)
export class BucketHistoryResolver {
  @FieldResolver(() => StoredObjectConnection, {
    nullable: true,
    description:
      'All versions and delete markers, also of keys that have no current object any more; by key, newest first within a key; null when the caller may not list them. Example: `versions(prefix: "2026/", first: 50) { nodes { key versionId deleteMarker isLatest } }`',
  })
  async versions(
    @Root() bucket: BucketInfo,
    @Ctx() context: GraphqlContext,
    @Args(() => PrefixPageArgs) page: PrefixPageArgs,
  ): Promise<Counted<PlacedObject> | null> {
    const list = 'versions';
    const request = pageRequest(page, list);
    const scope = { ...addressOf(bucket), prefix: optional(page.prefix) };
    const after = positionOf(request.after);
    const marker = after && { keyMarker: after.key, versionIdMarker: after.id };
    const found = await orHidden(listVersions(context.request, { ...scope, ...marker, limit: request.limit }));
    if (found === null) {
      return null;
    }
    const { entries, truncated } = found;
    const place = placeOf(bucket);
    const nodes = entries.flatMap((entry) => (entry.kind === 'version' ? [placeObject(entry.object, place)] : []));
    const connection = toConnection({ request, truncated, list }, nodes, (node) => `${node.versionId}:${node.key}`);
    return { ...connection, count: () => countVersions(context.request, scope) };
  }

  @FieldResolver(() => StagedUploadConnection, {
    nullable: true,
    description:
      'The uploads in parts that are under way, by whichever door, by key and oldest first within a key; null when the caller may not list them.',
  })
  async uploads(
    @Root() bucket: BucketInfo,
    @Ctx() context: GraphqlContext,
    @Args(() => PrefixPageArgs) page: PrefixPageArgs,
  ): Promise<Connection<StagedUpload> | null> {
    const list = 'uploads';
    const request = pageRequest(page, list);
    const scope = { ...addressOf(bucket), prefix: optional(page.prefix) };
    const after = positionOf(request.after);
    const marker = after && { keyMarker: after.key, uploadIdMarker: after.id };
    const found = await orHidden(listStagedUploads(context.request, { ...scope, ...marker, limit: request.limit }));
    if (found === null) {
      return null;
    }
    const { uploads, truncated } = found;
    return toConnection({ request, truncated, list }, uploads, ({ upload }) => `${upload.id}:${upload.key}`);
  }

  @FieldResolver(() => StoredObjectConnection, {
    nullable: true,
    description:
      'Deleted and overwritten versions that can still be restored, by key, newest first within a key. `node` finds them by their `id`; their bytes are read once they are restored. Null when the caller may not list them.',
  })
  async trash(
    @Root() bucket: BucketInfo,
    @Ctx() context: GraphqlContext,
    @Args(() => PrefixPageArgs) page: PrefixPageArgs,
  ): Promise<Counted<PlacedObject> | null> {
    const list = 'trash';
    const request = pageRequest(page, list);
    const scope = { ...addressOf(bucket), prefix: optional(page.prefix) };
    const position = positionOf(request.after, /\d{1,16}/);
    const after = position && { id: Number(position.id), key: position.key };
    const found = await orHidden(listTrash(context.request, { ...scope, limit: request.limit, after }));
    if (found === null) {
      return null;
    }
    const { objects, truncated } = found;
    const placed = objects.map((object) => placeObject(object, placeOf(bucket)));
    const connection = toConnection({ request, truncated, list }, placed, (object) => `${object.id}:${object.key}`);
    return { ...connection, count: () => countTrash(context.request, scope) };
  }
}

/** The id and key in a decoded cursor of these lists. */
function positionOf(position: string | undefined, ids = /[0-9a-zA-Z]{1,32}/): { id: string; key: string } | undefined {
  if (position === undefined) {
    return undefined;
  }
  const [, id, key] = new RegExp(`^(${ids.source}):(.+)$`, 's').exec(position) ?? [];
  if (id === undefined || key === undefined) {
    throw new GranaryError('InvalidInput', '"after" is not a cursor of this list.', { field: ['after'] });
  }
  return { id, key };
}
