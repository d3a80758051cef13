import { Field, InputType, ObjectType } from 'type-graphql';
import { ObjectVersion } from '../entities/object-version.js';
import { ObjectInput } from './object-input.js';
import { ObjectPayload } from './object-payloads.js';
import type { PlacedObject } from './placed-object.js';
import { Payload } from './user-error.js';

@InputType('AddFavouriteInput', { description: 'The object to mark.' })
export class AddFavouriteInput extends ObjectInput {}

@InputType('RemoveFavouriteInput', { description: 'The object to unmark.' })
export class RemoveFavouriteInput extends ObjectInput {}

@ObjectType('AddFavouritePayload', { description: 'What came of marking an object.' })
export class AddFavouritePayload extends ObjectPayload {}

@ObjectType('RemoveFavouritePayload', { description: 'What came of unmarking an object.' })
export class RemoveFavouritePayload extends Payload {
  @Field(() => ObjectVersion, {
    nullable: true,
    description: 'The object as it is now; null as well when it is gone, or the caller may not read it any more.',
  })
  object?: PlacedObject | null;
}
