import { Args, Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { ObjectVersion } from '../entities/object-version.js';
import type { ArchiveEntry } from '../operations/archives/archive-entry.js';
import { openArchive } from '../operations/archives/open-archive.js';
import { ArchiveEntryConnection, type ArchiveSource, ArchiveType } from './archive-types.js';
import { type Connection, ForwardPageArgs, pageRequest, toConnection } from './connection.js';
import type { GraphqlContext } from './context.js';
import { orHidden } from './nullable.js';
import { canBeOpened, objectAddress, type PlacedObject } from './placed-object.js';

@Resolver(() => ObjectVersion)
export class ObjectArchiveResolver {
  @FieldResolver(() => ArchiveType, {
    nullable: true,
    description:
      'The object as an archive; null when its content is neither a zip nor a tar, lies in the trash, is gone, or can only be opened with a key of the client, and when the caller may not read it.',
  })
  async archive(@Root() object: PlacedObject, @Ctx() context: GraphqlContext): Promise<ArchiveSource | null> {
    if (!canBeOpened(object)) {
      return null;
    }
    const archive = await orHidden(openArchive(context.request, { address: objectAddress(object), object }));
    return archive === null ? null : { ...archive, versionRow: object.id };
  }
}

@Resolver(() => ArchiveType)
export class ArchiveResolver {
  @FieldResolver(() => ArchiveEntryConnection, { description: 'The entries, in the order of the archive.' })
  async entries(
    @Root() archive: ArchiveSource,
    @Args(() => ForwardPageArgs) page: ForwardPageArgs,
  ): Promise<Connection<ArchiveEntry>> {
    // Content never changes, so a cursor is good as long as its version is.
    const list = `archive:${archive.versionRow}`;
    const request = pageRequest(page, list);
    const { entries, truncated } = await archive.list(request);
    return toConnection({ request, truncated, list }, entries, (entry) => entry.position);
  }
}
