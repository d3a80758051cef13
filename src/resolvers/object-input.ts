import { Field, InputType } from 'type-graphql';
import { BucketInput } from './bucket-types.js';

/** One object of a bucket. */
@InputType()
export abstract class ObjectInput extends BucketInput {
  @Field(() => String, { description: "The object's key." })
  key!: string;
}
