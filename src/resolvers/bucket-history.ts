import { Arg, Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { Bucket } from '../entities/bucket.js';
import { GranaryError } from '../errors.js';
import { countVersions } from '../operations/objects/count-versions.js';
import { listVersions } from '../operations/objects/list-versions.js';
import type { BucketInfo } from '../operations/types.js';
import { listStagedUploads } from '../operations/uploads/list-staged-uploads.js';
import type { StagedUpload } from '../operations/uploads/staged-upload.js';
import { addressOf } from './bucket.js';
import { type Connection, ForwardPageArgs, pageRequest, toConnection } from './connection.js';
import type { GraphqlContext } from './context.js';
import { optional } from './input.js';
import { type PlacedObject, placeObject, placeOf } from './placed-object.js';
import { StagedUploadConnection } from './staged-upload-types.js';
import { StoredObjectConnection } from './stored-object-types.js';

/** What a bucket holds beside its current objects: what was, and what is about to come. */
@Resolver(() => Bucket)
export class BucketHistoryResolver {
  @FieldResolver(() => StoredObjectConnection, {
    description:
      'All versions and delete markers, also of keys that have no current object any more; by key, newest first within a key. Example: `versions(prefix: "2026/", first: 50) { nodes { key versionId deleteMarker isLatest } }`',
  })
  async versions(
    @Root() bucket: BucketInfo,
    @Ctx() context: GraphqlContext,
    @Args(() => ForwardPageArgs) page: ForwardPageArgs,
    @Arg('prefix', () => String, { nullable: true, description: 'Only keys that begin with this.' }) prefix?:
      | string
      | null,
  ): Promise<Connection<PlacedObject> & { count(): Promise<number> }> {
    const list = 'versions';
    const request = pageRequest(page, list);
    const scope = { ...addressOf(bucket), prefix: optional(prefix) };
    const { key: keyMarker, id: versionIdMarker } = positionOf(request.after);
    const marker = keyMarker === undefined ? {} : { keyMarker, versionIdMarker };
    const { entries, truncated } = await listVersions(context.request, { ...scope, ...marker, limit: request.limit });
    const place = placeOf(bucket);
    const nodes = entries.flatMap((entry) => (entry.kind === 'version' ? [placeObject(entry.object, place)] : []));
    const connection = toConnection({ request, truncated, list }, nodes, (node) => `${node.versionId}:${node.key}`);
    return { ...connection, count: () => countVersions(context.request, scope) };
  }

  @FieldResolver(() => StagedUploadConnection, {
    description:
      'The uploads in parts that are under way, by whichever door, by key and oldest first within a key. Needs the right to list them.',
  })
  async uploads(
    @Root() bucket: BucketInfo,
    @Ctx() context: GraphqlContext,
    @Args(() => ForwardPageArgs) page: ForwardPageArgs,
    @Arg('prefix', () => String, { nullable: true, description: 'Only keys that begin with this.' }) prefix?:
      | string
      | null,
  ): Promise<Connection<StagedUpload>> {
    const list = 'uploads';
    const request = pageRequest(page, list);
    const scope = { ...addressOf(bucket), prefix: optional(prefix) };
    const { key: keyMarker, id: uploadIdMarker } = positionOf(request.after);
    const marker = keyMarker === undefined ? {} : { keyMarker, uploadIdMarker };
    const found = await listStagedUploads(context.request, { ...scope, ...marker, limit: request.limit });
    const { uploads, truncated } = found;
    return toConnection({ request, truncated, list }, uploads, ({ upload }) => `${upload.id}:${upload.key}`);
  }
}

/** The id and key in a decoded cursor of these lists. */
function positionOf(position: string | undefined): { id?: string; key?: string } {
  if (position === undefined) {
    return {};
  }
  const [, id, key] = /^([0-9a-zA-Z]{1,32}):(.+)$/s.exec(position) ?? [];
  if (id === undefined || key === undefined) {
    throw new GranaryError('InvalidInput', '"after" is not a cursor of this list.', { field: ['after'] });
  }
  return { id, key };
}
