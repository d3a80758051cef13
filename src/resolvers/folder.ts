import { GraphQLDateTime, GraphQLSafeInt, GraphQLURL } from 'graphql-scalars';
import { Arg, Ctx, FieldResolver, Int, Resolver, Root } from 'type-graphql';
import { ObjectVersion } from '../entities/object-version.js';
import type { FolderTotals } from '../operations/folders/folder-totals.js';
import { createFolderLink } from '../operations/objects/download-link.js';
import type { GraphqlContext } from './context.js';
import { breadcrumbOf, folderAt, folderOfKey } from './folder-path.js';
import type { PlacedObject } from './placed-object.js';
import { Folder } from './stored-object-types.js';

const usualLink = 300;

const unknownTotals = 'null for folders that the caller may not list, and for those more than 32 levels deep.';

@Resolver(() => Folder)
export class FolderResolver {
  @FieldResolver(() => GraphQLSafeInt, {
    nullable: true,
    description: `How many current objects have a key that begins with the path; ${unknownTotals}`,
  })
  async objectCount(@Root() folder: Folder, @Ctx() context: GraphqlContext): Promise<number | null> {
    return (await totalsOf(folder, context))?.objects ?? null;
  }

  @FieldResolver(() => GraphQLSafeInt, {
    nullable: true,
    description: `The bytes of those objects; ${unknownTotals}`,
  })
  async totalSize(@Root() folder: Folder, @Ctx() context: GraphqlContext): Promise<number | null> {
    return (await totalsOf(folder, context))?.bytes ?? null;
  }

  @FieldResolver(() => GraphQLDateTime, {
    nullable: true,
    description: `When an object in the folder was last written or deleted; ${unknownTotals}`,
  })
  async lastChangedAt(@Root() folder: Folder, @Ctx() context: GraphqlContext): Promise<Date | null> {
    return (await totalsOf(folder, context))?.changedAt ?? null;
  }

  @FieldResolver(() => GraphQLDateTime, {
    nullable: true,
    description:
      'Of when `objectCount`, `totalSize` and `lastChangedAt` are, when there are more changes just now than can be added up; null, as usual, when they are exact.',
  })
  async countedAt(@Root() folder: Folder, @Ctx() context: GraphqlContext): Promise<Date | null> {
    return (await totalsOf(folder, context))?.countedAt ?? null;
  }

  @FieldResolver(() => [Folder], {
    description: 'The folders that lead to this one, the outermost first and itself last; none for the top.',
  })
  breadcrumb(@Root() folder: Folder): Folder[] {
    return breadcrumbOf(folder);
  }

  @FieldResolver(() => GraphQLURL, {
    nullable: true,
    description:
      'An address that lets whoever has it download the folder as a zip for a while, without signing in; as `zipUrl` of the bucket. Null when the caller may not list the folder.',
  })
  async downloadUrl(
    @Root() { place, path }: Folder,
    @Ctx() context: GraphqlContext,
    @Arg('expiresIn', () => Int, {
      nullable: true,
      defaultValue: usualLink,
      description: 'For how many seconds, 1 to 604800 (seven days).',
    })
    wanted: number | null,
  ): Promise<string | null> {
    const { bucket, tenant } = place;
    const link = { bucket, tenant, prefix: path, expiresIn: wanted ?? usualLink };
    const token = await createFolderLink(context.request, link);
    return token === null ? null : `${context.publicUrl}/download/${token}`;
  }
}

@Resolver(() => ObjectVersion)
export class ObjectFolderResolver {
  @FieldResolver(() => Folder, { description: 'The folder that the object lies in, by the slashes of its key.' })
  folder(@Root() object: PlacedObject): Folder {
    return folderAt(object.place, folderOfKey(object.key));
  }
}

function totalsOf({ place, path }: Folder, { loaders }: GraphqlContext): Promise<FolderTotals | null> {
  const { bucket, tenant } = place;
  return loaders.folderTotals.load({ bucket, tenant, path });
}
