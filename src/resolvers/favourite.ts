import { Arg, Args, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { ObjectVersion } from '../entities/object-version.js';
import { addFavourite } from '../operations/favourites/add-favourite.js';
import { countFavourites, listFavourites } from '../operations/favourites/list-favourites.js';
import { removeFavourite } from '../operations/favourites/remove-favourite.js';
import type { ObjectAddress } from '../operations/types.js';
import { type Counted, PageArgs, pageRequest, toConnection } from './connection.js';
import type { GraphqlContext } from './context.js';
import {
  AddFavouriteInput,
  AddFavouritePayload,
  RemoveFavouriteInput,
  RemoveFavouritePayload,
} from './favourite-types.js';
import { optional } from './input.js';
import type { ObjectInput } from './object-input.js';
import { type PlacedObject, placeAt, placeObject, placeOf } from './placed-object.js';
import { StoredObjectConnection } from './stored-object-types.js';
import { answer } from './user-error.js';
import { Viewer } from './viewer.js';

@Resolver()
export class FavouriteResolver {
  @Mutation(() => AddFavouritePayload, {
    description: 'Marks an object as a favourite of whoever asks; marking it again changes nothing.',
  })
  addFavourite(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => AddFavouriteInput, { description: 'What to mark.' }) input: AddFavouriteInput,
  ): Promise<AddFavouritePayload> {
    return answer(async () => {
      const address = addressOf(input);
      return { object: await placeAt(context, address, await addFavourite(context.request, address)) };
    });
  }

  @Mutation(() => RemoveFavouritePayload, {
    description: 'Unmarks a favourite, also one whose object is gone; unmarking what is not marked changes nothing.',
  })
  removeFavourite(
    @Ctx() context: GraphqlContext,
    @Arg('input', () => RemoveFavouriteInput, { description: 'What to unmark.' }) input: RemoveFavouriteInput,
  ): Promise<RemoveFavouritePayload> {
    return answer(async () => {
      const address = addressOf(input);
      const object = await removeFavourite(context.request, address);
      return { object: object === null ? null : await placeAt(context, address, object) };
    });
  }
}

@Resolver(() => ObjectVersion)
export class ObjectFavouriteResolver {
  @FieldResolver(() => Boolean, {
    description: 'Whether the key is a favourite of whoever asks; all its versions are then.',
  })
  isFavourite(@Root() { bucketId, key }: PlacedObject, @Ctx() context: GraphqlContext): Promise<boolean> {
    return context.loaders.favourites.load({ bucketId, key });
  }
}

type Favourites = Counted<PlacedObject>;

@Resolver(() => Viewer)
export class ViewerFavouritesResolver {
  @FieldResolver(() => StoredObjectConnection, {
    description:
      "The user's favourites in all buckets, what was marked last first. Objects that are gone, or that the user may not " +
      'read any more, are not there.',
  })
  async favourites(@Ctx() context: GraphqlContext, @Args(() => PageArgs) page: PageArgs): Promise<Favourites> {
    const list = 'favourites';
    const request = pageRequest(page, list);
    const { favourites, truncated } = await listFavourites(context.request, request);
    const places = new Map<PlacedObject, number>();
    for (const { id, object, bucket } of favourites) {
      places.set(placeObject(object, placeOf(bucket)), id);
    }
    const connection = toConnection({ request, truncated, list }, [...places.keys()], (object) =>
      String(places.get(object)),
    );
    return { ...connection, count: () => countFavourites(context.request) };
  }
}

function addressOf({ bucket, key, tenant }: ObjectInput): ObjectAddress {
  return { bucket, key, tenant: optional(tenant) };
}
