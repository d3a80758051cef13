import { GraphQLSafeInt } from 'graphql-scalars';
import { Field, ObjectType } from 'type-graphql';
import { ObjectVersion } from '../entities/object-version.js';
import type { PlacedObject } from './placed-object.js';
import { Payload } from './user-error.js';

/** A payload with the object that a mutation made or changed. */
@ObjectType()
export abstract class ObjectPayload extends Payload {
  @Field(() => ObjectVersion, {
    nullable: true,
    description: 'The object as it is now; null when `userErrors` says why not.',
  })
  object?: PlacedObject | null;
}

@ObjectType('UploadObjectPayload', { description: 'What came of uploading a file.' })
export class UploadObjectPayload extends ObjectPayload {
  @Field(() => Boolean, {
    nullable: true,
    description: 'True when the store had the bytes already, so that none were stored.',
  })
  deduplicated?: boolean | null;
}

@ObjectType('UploadObjectsPayload', { description: 'What came of uploading several files, each by itself.' })
export class UploadObjectsPayload extends Payload {
  @Field(() => [ObjectVersion], {
    description:
      'The objects that were stored, in the order of the input. A file that failed has a user error instead.',
  })
  objects!: PlacedObject[];
}

@ObjectType('CopyObjectPayload', { description: 'What came of copying an object.' })
export class CopyObjectPayload extends ObjectPayload {}

@ObjectType('MoveObjectPayload', { description: 'What came of moving an object.' })
export class MoveObjectPayload extends ObjectPayload {}

@ObjectType('RestoreObjectPayload', { description: 'What came of taking an object out of the trash.' })
export class RestoreObjectPayload extends ObjectPayload {}

@ObjectType('PromoteVersionPayload', { description: 'What came of making a version the current one.' })
export class PromoteVersionPayload extends ObjectPayload {}

@ObjectType('DeleteFromTrashPayload', { description: 'What came of deleting a version for good.' })
export class DeleteFromTrashPayload extends Payload {
  @Field(() => String, { nullable: true, description: 'The id of the version that is gone.' })
  versionId?: string | null;
}

@ObjectType('SetObjectTagsPayload', { description: 'What came of setting the tags of an object.' })
export class SetObjectTagsPayload extends ObjectPayload {}

@ObjectType('SetObjectMetadataPayload', { description: 'What came of setting the metadata of an object.' })
export class SetObjectMetadataPayload extends ObjectPayload {}

@ObjectType('SetObjectStorageClassPayload', { description: 'What came of moving an object to another class.' })
export class SetObjectStorageClassPayload extends ObjectPayload {}

@ObjectType('SetObjectRetentionPayload', { description: 'What came of setting the retention of a version.' })
export class SetObjectRetentionPayload extends ObjectPayload {}

@ObjectType('SetObjectLegalHoldPayload', { description: 'What came of placing or lifting the hold of a version.' })
export class SetObjectLegalHoldPayload extends ObjectPayload {}

@ObjectType('DeleteObjectPayload', { description: 'What came of deleting an object.' })
export class DeleteObjectPayload extends Payload {
  @Field(() => ObjectVersion, {
    nullable: true,
    description: 'The object as it was; null when there was none to delete, which is no error.',
  })
  object?: PlacedObject | null;

  @Field(() => Boolean, { nullable: true, description: 'True when a delete marker was made, or when one was removed.' })
  deleteMarker?: boolean | null;

  @Field(() => String, { nullable: true, description: 'The id of the delete marker made, or of the version removed.' })
  versionId?: string | null;
}

@ObjectType('DeletedObject', { description: 'One object that was deleted.' })
export class DeletedObjectType {
  @Field(() => String, { description: 'Its key.' })
  key!: string;

  @Field(() => Boolean, { description: 'True when a delete marker was made, or when one was removed.' })
  deleteMarker!: boolean;

  @Field(() => String, { nullable: true, description: 'The id of the delete marker made, or of the version removed.' })
  versionId?: string | null;
}

@ObjectType('DeleteObjectsPayload', { description: 'What came of deleting several objects, each by itself.' })
export class DeleteObjectsPayload extends Payload {
  @Field(() => [DeletedObjectType], {
    description: 'What was deleted, in the order of the input. What failed has a user error instead.',
  })
  objects!: DeletedObjectType[];

  @Field(() => GraphQLSafeInt, { description: 'How many were deleted.' })
  deletedCount!: number;
}
