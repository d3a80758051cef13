import { Arg, Args, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import { ObjectVersion } from '../entities/object-version.js';
import { type DamagedBlob, listDamaged, repairDamaged } from '../operations/blobs/list-damaged.js';
import { getScrubRound, startScrub } from '../operations/blobs/scrub-progress.js';
import { getStorage, type StorageFigures } from '../operations/blobs/storage-figures.js';
import type { BlobUse } from '../operations/blobs/versions-of-blobs.js';
import { type Connection, ForwardPageArgs, pageRequest, toConnection } from './connection.js';
import type { GraphqlContext } from './context.js';
import type { PlacedObject } from './placed-object.js';
import {
  BlobUseType,
  DamagedBlobConnection,
  DamagedBlobType,
  Integrity,
  RepairBlobInput,
  RepairBlobPayload,
  ScrubRoundType,
  StartScrubPayload,
  StorageType,
} from './storage-types.js';
import { answer } from './user-error.js';

/** What the stores hold, and whether it is sound; for administrators. */
@Resolver(() => StorageType)
export class StorageResolver {
  @Query(() => StorageType, {
    description: 'What the stores hold, and whether it is sound; for global administrators.',
  })
  async storage(@Ctx() context: GraphqlContext): Promise<StorageType> {
    return toStorage(await getStorage(context.request));
  }

  @FieldResolver(() => DamagedBlobConnection, { description: 'Blobs that are known to be damaged.' })
  async damaged(
    @Ctx() context: GraphqlContext,
    @Args(() => ForwardPageArgs) page: ForwardPageArgs,
  ): Promise<Connection<DamagedBlob>> {
    const list = 'damaged';
    const request = pageRequest(page, list);
    const { blobs, truncated } = await listDamaged(context.request, request);
    return toConnection({ request, truncated, list }, blobs, ({ id }) => id);
  }

  @FieldResolver(() => ScrubRoundType, {
    nullable: true,
    description: 'The round of the scrubber that is under way, else the last one; null before the first.',
  })
  scrub(@Ctx() context: GraphqlContext): Promise<ScrubRoundType | null> {
    return getScrubRound(context.request);
  }

  @Mutation(() => StartScrubPayload, {
    description: 'Begins a round of the scrubber now, unless one is under way; for global administrators.',
  })
  startScrub(@Ctx() context: GraphqlContext): Promise<StartScrubPayload> {
    return answer(async () => ({ round: await startScrub(context.request) }));
  }

  @Mutation(() => RepairBlobPayload, {
    description: 'Repairs a damaged blob from a second copy now; for global administrators.',
  })
  repairBlob(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => RepairBlobInput, { description: 'The blob.' }) input: RepairBlobInput,
  ): Promise<RepairBlobPayload> {
    return answer(async () => ({ damaged: await repairDamaged(context.request, input) }));
  }
}

@Resolver(() => DamagedBlobType)
export class DamagedBlobResolver {
  @FieldResolver(() => [BlobUseType], { description: 'The first twenty versions with these bytes, trash included.' })
  versions(@Root() blob: DamagedBlob, @Ctx() context: GraphqlContext): Promise<BlobUse[]> {
    return context.loaders.blobUses.load(blob.id);
  }
}

@Resolver(() => ObjectVersion)
export class ObjectIntegrityResolver {
  @FieldResolver(() => Integrity, { description: 'What is known of the stored bytes, by their last reading.' })
  async integrity(@Root() object: PlacedObject, @Ctx() context: GraphqlContext): Promise<Integrity> {
    return (await context.loaders.damage.load(object.id)) ?? Integrity.OK;
  }
}

function toStorage(figures: StorageFigures): StorageType {
  const kept = figures.stores.reduce((sum, store) => sum + store.contentBytes, 0);
  return {
    stores: figures.stores,
    writtenBytes: figures.writtenBytes,
    dedupRatio: kept === 0 ? 1 : figures.writtenBytes / kept,
    damagedBlobs: figures.damaged,
    copiesWanted: figures.copiesWanted,
    countedAt: figures.at,
  };
}
