import { GraphQLJSON } from 'graphql-scalars';
import { Field, InputType } from 'type-graphql';
import { StorageClass } from '../entities/enums.js';
import { withAttributes } from './attribute-fields.js';
import { BucketInput } from './bucket-types.js';
import { EncryptionInput } from './encryption-types.js';
import { withHeaders } from './header-fields.js';
import { ObjectInput } from './object-input.js';
import { ObjectRetentionInput } from './object-lock-types.js';
import { TagInput } from './stored-object-types.js';
import { type FileUpload, Upload } from './upload-scalar.js';

const targetIfMatch = 'Write only when the target holds an object with this entity tag.';

/** One file of several; they have their bucket in common. */
@InputType()
abstract class KeyInput {
  @Field(() => String, { description: "The object's key." })
  key!: string;
}

@InputType('UploadObjectInput', { description: 'A file, and the object that it becomes.' })
export class UploadObjectInput extends withAttributes(ObjectInput) {
  @Field(() => Upload, { description: 'The file, as a part of the multipart request.' })
  file!: Promise<FileUpload>;
}

@InputType('UploadFileInput', { description: 'One file of several, and the object that it becomes.' })
export class UploadFileInput extends withAttributes(KeyInput) {
  @Field(() => Upload, { description: 'The file, as a part of the multipart request.' })
  file!: Promise<FileUpload>;
}

@InputType('UploadObjectsInput', { description: 'Several files for one bucket.' })
export class UploadObjectsInput extends BucketInput {
  @Field(() => [UploadFileInput], { description: 'The files, 1 to 100, each under another key.' })
  files!: UploadFileInput[];
}

@InputType('DeleteObjectInput', { description: 'The object to delete, or the version of it.' })
export class DeleteObjectInput extends ObjectInput {
  @Field(() => String, {
    nullable: true,
    description: 'Deletes this version for good; without it, the object as a whole.',
  })
  versionId?: string | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Give `true` to go past a retention in governance mode, with `s3:BypassGovernanceRetention`.',
  })
  bypassGovernance?: boolean | null;

  @Field(() => String, {
    nullable: true,
    description: 'Deletes only if the object has this entity tag; `*` if it exists at all.',
  })
  ifMatch?: string | null;
}

@InputType('ObjectIdentifierInput', { description: 'One object of several, or one version of it.' })
export class ObjectIdentifierInput {
  @Field(() => String, { description: "The object's key." })
  key!: string;

  @Field(() => String, { nullable: true, description: 'The version; the object as a whole by default.' })
  versionId?: string | null;
}

@InputType('DeleteObjectsInput', { description: 'The objects to delete, all in one bucket.' })
export class DeleteObjectsInput extends BucketInput {
  @Field(() => [ObjectIdentifierInput], { nullable: true, description: 'The objects or versions, at most 1000.' })
  objects?: ObjectIdentifierInput[] | null;

  @Field(() => [String], { nullable: true, description: 'The keys alone, when no version is meant.' })
  keys?: string[] | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Give `true` to go past a retention in governance mode, with `s3:BypassGovernanceRetention`.',
  })
  bypassGovernance?: boolean | null;
}

@InputType('ObjectLocationInput', { description: 'Where an object is, or is to be.' })
export class ObjectLocationInput extends ObjectInput {}

@InputType('ObjectSourceInput', { description: 'The object to take from.' })
export class ObjectSourceInput extends ObjectInput {
  @Field(() => String, { nullable: true, description: 'The version; the current one by default.' })
  versionId?: string | null;
}

@InputType('CopyObjectInput', { description: 'What to copy, and where to.' })
export class CopyObjectInput extends withHeaders(class {}, {
  unsaid: '; that of the source by default, none when it is empty.',
}) {
  @Field(() => ObjectSourceInput, { description: 'What to copy.' })
  source!: ObjectSourceInput;

  @Field(() => ObjectLocationInput, { description: 'Where to.' })
  target!: ObjectLocationInput;

  @Field(() => String, {
    nullable: true,
    description: 'The media type of the copy; that of the source by default.',
  })
  contentType?: string | null;

  @Field(() => GraphQLJSON, { nullable: true, description: 'The metadata of the copy; that of the source by default.' })
  metadata?: unknown;

  @Field(() => [TagInput], { nullable: true, description: 'The tags of the copy; those of the source by default.' })
  tags?: TagInput[] | null;

  @Field(() => StorageClass, { nullable: true, description: 'The class of the copy; STANDARD by default.' })
  storageClass?: StorageClass | null;

  @Field(() => EncryptionInput, {
    nullable: true,
    description: "How to seal the bytes; as the bucket's setting says by default.",
  })
  encryption?: EncryptionInput | null;

  @Field(() => String, { nullable: true, description: 'Give `*` to write only when the target holds no object.' })
  ifNoneMatch?: string | null;

  @Field(() => String, { nullable: true, description: targetIfMatch })
  ifMatch?: string | null;
}

@InputType('MoveObjectInput', { description: 'What to move, and where to.' })
export class MoveObjectInput {
  @Field(() => ObjectLocationInput, { description: 'What to move.' })
  source!: ObjectLocationInput;

  @Field(() => ObjectLocationInput, { description: 'Where to.' })
  target!: ObjectLocationInput;

  @Field(() => String, { nullable: true, description: 'Give `*` to write only when the target holds no object.' })
  ifNoneMatch?: string | null;

  @Field(() => String, { nullable: true, description: targetIfMatch })
  ifMatch?: string | null;
}

@InputType('RestoreObjectInput', { description: 'What to take back out of the trash.' })
export class RestoreObjectInput extends ObjectInput {
  @Field(() => String, {
    nullable: true,
    description:
      "The version's id, as the bucket's `trash` shows it; by default what was deleted or overwritten last, so that it undoes that.",
  })
  versionId?: string | null;

  @Field(() => String, { nullable: true, description: 'Give `*` to restore only when the key holds no object.' })
  ifNoneMatch?: string | null;
}

@InputType('DeleteFromTrashInput', { description: 'What is to be gone for good.' })
export class DeleteFromTrashInput extends ObjectInput {
  @Field(() => String, { description: "The version's id, as the bucket's `trash` shows it." })
  versionId!: string;
}

@InputType('PromoteVersionInput', { description: 'Which version is to be the current one again.' })
export class PromoteVersionInput extends ObjectInput {
  @Field(() => String, {
    nullable: true,
    description: 'The version; by default the one before the current one, or before the delete marker.',
  })
  versionId?: string | null;
}

@InputType('SetObjectTagsInput', { description: 'An object or version, and all tags that it is to have.' })
export class SetObjectTagsInput extends ObjectInput {
  @Field(() => String, { nullable: true, description: 'The version; the current one by default.' })
  versionId?: string | null;

  @Field(() => [TagInput], { description: 'All tags, at most 10; an empty list removes them.' })
  tags!: TagInput[];

  @Field(() => String, { nullable: true, description: 'Write only when the version has this entity tag.' })
  ifMatch?: string | null;
}

@InputType('SetObjectStorageClassInput', { description: 'An object or version, and the class that it is to have.' })
export class SetObjectStorageClassInput extends ObjectInput {
  @Field(() => String, { nullable: true, description: 'The version; the current one by default.' })
  versionId?: string | null;

  @Field(() => StorageClass, { description: 'The class from now on.' })
  storageClass!: StorageClass;
}

@InputType('SetObjectRetentionInput', { description: 'A version, and until when it is to be kept.' })
export class SetObjectRetentionInput extends ObjectInput {
  @Field(() => String, { nullable: true, description: 'The version; the current one by default.' })
  versionId?: string | null;

  @Field(() => ObjectRetentionInput, { nullable: true, description: 'The retention; null takes it away.' })
  retention?: ObjectRetentionInput | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Give `true` to go past a retention in governance mode, with `s3:BypassGovernanceRetention`.',
  })
  bypassGovernance?: boolean | null;
}

@InputType('SetObjectLegalHoldInput', { description: 'A version, and whether a hold keeps it.' })
export class SetObjectLegalHoldInput extends ObjectInput {
  @Field(() => String, { nullable: true, description: 'The version; the current one by default.' })
  versionId?: string | null;

  @Field(() => Boolean, { description: 'True places the hold, false lifts it.' })
  legalHold!: boolean;
}

@InputType('SetObjectMetadataInput', { description: 'An object, and the metadata that it is to have.' })
export class SetObjectMetadataInput extends withHeaders(ObjectInput, {
  unsaid: '; as before by default, none when it is empty.',
}) {
  @Field(() => GraphQLJSON, {
    nullable: true,
    description: 'All names and values; all are strings. An empty object removes them; as before by default.',
  })
  metadata?: unknown;

  @Field(() => String, { nullable: true, description: 'The media type from now on; the same as before by default.' })
  contentType?: string | null;

  @Field(() => String, { nullable: true, description: 'Write only when the current object has this entity tag.' })
  ifMatch?: string | null;
}
