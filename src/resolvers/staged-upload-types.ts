import { GraphQLDateTime, GraphQLSafeInt, GraphQLURL } from 'graphql-scalars';
import { Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import type { ListedPart } from '../operations/uploads/list-parts.js';
import type { StagedUpload } from '../operations/uploads/staged-upload.js';
import { withAttributes } from './attribute-fields.js';
import { connectionTypes } from './connection.js';
import { ObjectInput } from './object-input.js';
import { ObjectPayload } from './object-payloads.js';
import { Payload } from './user-error.js';

export enum StagedUploadState {
  OPEN = 'OPEN',
  COMPLETED = 'COMPLETED',
}

registerEnumType(StagedUploadState, {
  name: 'StagedUploadState',
  description: 'Whether an upload goes on.',
  valuesConfig: {
    OPEN: { description: 'Parts can be sent.' },
    COMPLETED: { description: 'It became an object. It is remembered for a day.' },
  },
});

@ObjectType('UploadedPart', { description: 'A part of an upload that has come in whole.' })
export class UploadedPart implements ListedPart {
  @Field(() => Int, { description: 'Its number, 1 to 10000.' })
  partNumber!: number;

  @Field(() => GraphQLSafeInt, { description: 'Its size in bytes.' })
  size!: number;

  @Field(() => String, { description: 'Its entity tag: the MD5 in hexadecimal.' })
  etag!: string;

  @Field(() => String, {
    nullable: true,
    description:
      'The SHA-256 of its bytes in hexadecimal: whoever goes on with an upload can compare it with the file. Null for parts that are sealed with a key of the client.',
  })
  sha256!: string | null;

  checksum!: string | null;

  @Field(() => GraphQLDateTime, { description: 'When it came in.' })
  createdAt!: Date;
}

@ObjectType('UploadedPartConnection', { description: 'A page of uploaded parts.' })
export class UploadedPartConnection extends connectionTypes<UploadedPart>('UploadedPart', {
  type: () => UploadedPart,
  noun: 'uploaded parts',
}) {}

@ObjectType('UploadPartUrl', { description: 'Where one part of an upload is sent.' })
export class UploadPartUrl {
  @Field(() => Int, { description: 'The number of the part.' })
  partNumber!: number;

  @Field(() => GraphQLURL, {
    description: 'Send the bytes here by PUT, from any page, without any header. Whoever has the address can.',
  })
  url!: string;

  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description: 'Where the part begins in the file; null when the size was not announced.',
  })
  offset!: number | null;

  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description: 'How many bytes it has; null when the size was not announced.',
  })
  size!: number | null;

  @Field(() => GraphQLDateTime, { description: 'Until when the address is good.' })
  expiresAt!: Date;
}

@ObjectType('StagedUpload', {
  description:
    'An upload in parts that can be resumed. It is the same as a multipart upload of S3 or an upload by tus, and its id works there too.',
})
export class StagedUploadType {}

@ObjectType('StagedUploadConnection', { description: 'A page of uploads in parts.' })
export class StagedUploadConnection extends connectionTypes<StagedUpload>('StagedUpload', {
  type: () => StagedUploadType,
  noun: 'uploads in parts',
}) {}

@ObjectType('StagedUploadPayload', { description: 'What came of it.' })
abstract class StagedUploadPayload extends Payload {
  @Field(() => StagedUploadType, { nullable: true, description: 'The upload; null when `userErrors` says why not.' })
  upload?: StagedUpload | null;
}

@ObjectType('StartUploadPayload', { description: 'What came of starting an upload.' })
export class StartUploadPayload extends StagedUploadPayload {}

@ObjectType('CompleteUploadPayload', { description: 'What came of completing an upload.' })
export class CompleteUploadPayload extends ObjectPayload {}

@ObjectType('AbortUploadPayload', { description: 'What came of aborting an upload.' })
export class AbortUploadPayload extends Payload {
  @Field(() => ID, { nullable: true, description: 'The id of the upload that is no more.' })
  uploadId?: string | null;
}

@InputType('StartUploadInput', { description: 'The object that is to be uploaded in parts.' })
export class StartUploadInput extends withAttributes(ObjectInput) {
  @Field(() => GraphQLSafeInt, { description: 'The size of the file in bytes; completing fails with any other.' })
  size!: number;

  @Field(() => GraphQLSafeInt, {
    nullable: true,
    description:
      'How many bytes each part but the last has, 5 MiB to 5 GiB. 16 MiB by default, or as much as makes 10,000 parts.',
  })
  partSize?: number | null;
}

@InputType('CompletePartInput', { description: 'A part as the client knows it.' })
export class CompletePartInput {
  @Field(() => Int, { description: 'Its number.' })
  partNumber!: number;

  @Field(() => String, { description: 'The ETag that sending it was answered with.' })
  etag!: string;
}

@InputType('CompleteUploadInput', { description: 'The upload that is to become an object.' })
export class CompleteUploadInputType {
  @Field(() => ID, { description: 'The id of the upload.' })
  uploadId!: string;

  @Field(() => [CompletePartInput], {
    nullable: true,
    description: 'The parts, by number; all that came in by default.',
  })
  parts?: CompletePartInput[] | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The SHA-256 of the whole content in hexadecimal: anything else is refused with DIGEST_MISMATCH. All parts are read for it.',
  })
  sha256?: string | null;

  @Field(() => String, { nullable: true, description: 'Give `*` to write only when the key holds no object.' })
  ifNoneMatch?: string | null;

  @Field(() => String, { nullable: true, description: 'Write only when the current object has this entity tag.' })
  ifMatch?: string | null;
}

@InputType('AbortUploadInput', { description: 'The upload that is given up.' })
export class AbortUploadInput {
  @Field(() => ID, { description: 'The id of the upload.' })
  uploadId!: string;
}
