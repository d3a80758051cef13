import { GraphQLSafeInt } from 'graphql-scalars';
import { Field, InputType, ObjectType } from 'type-graphql';
import { Bucket } from '../entities/bucket.js';
import { StorageClass } from '../entities/enums.js';
import type { BucketInfo } from '../operations/types.js';
import { BucketInput } from './bucket-types.js';
import { Payload } from './user-error.js';

/** Where a bucket's bytes go. */
@ObjectType('PlacementRule', { description: 'Where bytes go. All that a rule names must fit the object.' })
export class PlacementRuleType {
  @Field(() => String, { nullable: true, description: 'What the key begins with; null for any.' })
  prefix?: string | null;

  @Field(() => StorageClass, { nullable: true, description: 'The storage class that was asked for; null for any.' })
  storageClass?: StorageClass | null;

  @Field(() => String, {
    nullable: true,
    description: 'A media type, or all of a kind such as `image/*`; null for any.',
  })
  contentType?: string | null;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'The smallest size in bytes; null for any.' })
  minSize?: number | null;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'The largest size in bytes; null for any.' })
  maxSize?: number | null;

  @Field(() => String, { nullable: true, description: 'The store of the bytes; that of the storage class when null.' })
  store?: string | null;

  @Field(() => [String], { description: 'Stores that get a second copy, from which damaged bytes are repaired.' })
  copies!: string[];
}

@InputType('PlacementRuleInput', { description: 'Where bytes go. All that a rule names must fit the object.' })
export class PlacementRuleInput {
  @Field(() => String, { nullable: true, description: 'What the key begins with; any by default.' })
  prefix?: string | null;

  @Field(() => StorageClass, { nullable: true, description: 'The storage class that was asked for; any by default.' })
  storageClass?: StorageClass | null;

  @Field(() => String, {
    nullable: true,
    description: 'A media type, or all of a kind such as `image/*`; any by default.',
  })
  contentType?: string | null;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'The smallest size in bytes; any by default.' })
  minSize?: number | null;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'The largest size in bytes; any by default.' })
  maxSize?: number | null;

  @Field(() => String, { nullable: true, description: 'The store of the bytes; by default that of the storage class.' })
  store?: string | null;

  @Field(() => [String], { nullable: true, description: 'Stores that get a second copy; none by default.' })
  copies?: string[] | null;
}

@InputType('SetBucketPlacementInput', { description: 'The bucket, and its placement rules from now on.' })
export class SetBucketPlacementInput extends BucketInput {
  @Field(() => [PlacementRuleInput], {
    description: 'At most 100; the first that fits decides. Where none fits, the storage class does.',
  })
  rules!: PlacementRuleInput[];
}

@ObjectType('SetBucketPlacementPayload', { description: 'What came of setting the placement of a bucket.' })
export class SetBucketPlacementPayload extends Payload {
  @Field(() => Bucket, { nullable: true, description: 'The bucket as it is now; null when `userErrors` says why not.' })
  bucket?: BucketInfo | null;
}

@InputType('WantBucketCopiesInput', {
  description: 'The bucket whose objects are to get the copies that its rules want.',
})
export class WantBucketCopiesInput extends BucketInput {
  @Field(() => String, { nullable: true, description: '`next` of the call before; from the start by default.' })
  after?: string | null;
}

@ObjectType('WantBucketCopiesPayload', { description: 'What came of asking for copies.' })
export class WantBucketCopiesPayload extends Payload {
  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description: 'How many versions were looked at; null when `userErrors` says why not.',
  })
  versions?: number | null;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'How many copies are wanted now that were not before.' })
  wanted?: number | null;

  @Field(() => String, { nullable: true, description: 'Pass it as `after` to go on; null when all were looked at.' })
  next?: string | null;
}
