import { GraphQLSafeInt } from 'graphql-scalars';
import { Field, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Bucket } from '../entities/bucket.js';
import { BucketCompression } from '../entities/enums.js';
import type { BucketInfo } from '../operations/types.js';
import { countedConnectionTypes } from './connection.js';
import { BucketObjectLockInput, DefaultRetentionInput } from './object-lock-types.js';
import { BucketQuotaInput } from './quota-types.js';
import { Payload } from './user-error.js';

/** What a bucket holds. */
@ObjectType('BucketUsage', { description: 'What a bucket holds.' })
export class BucketUsageType {
  @Field(() => GraphQLSafeInt, { description: 'How many objects a listing shows.' })
  objects!: number;

  @Field(() => GraphQLSafeInt, { description: 'How many versions there are, the current ones included.' })
  versions!: number;

  @Field(() => GraphQLSafeInt, {
    description: 'The bytes of all versions together, as written: before equal content is stored once.',
  })
  bytes!: number;

  @Field(() => GraphQLSafeInt, {
    description:
      'The bytes that are kept for them, sealed and perhaps compressed: before equal content is stored once.',
  })
  storedBytes!: number;

  @Field(() => GraphQLSafeInt, { description: 'The bytes of deleted versions that can still be restored.' })
  trashBytes!: number;

  @Field(() => GraphQLSafeInt, { description: 'The bytes of the parts of multipart uploads that are open.' })
  partBytes!: number;

  @Field(() => GraphQLSafeInt, {
    description: 'What is held against quotas: the bytes of all versions, the trash, and the parts of open uploads.',
  })
  countedBytes!: number;
}

export const BucketConnection = countedConnectionTypes<BucketInfo>('Bucket', { type: () => Bucket, noun: 'buckets' });

/** What the versioning of a bucket can be set to. */
export enum VersioningSetting {
  ENABLED = 'ENABLED',
  SUSPENDED = 'SUSPENDED',
}

registerEnumType(VersioningSetting, {
  name: 'BucketVersioningSetting',
  description: 'What the versioning of a bucket can be set to. Once enabled, it can only be suspended.',
  valuesConfig: {
    ENABLED: { description: 'Every write makes a new version and keeps the ones before it.' },
    SUSPENDED: { description: 'Earlier versions are kept; new writes replace the version without an id.' },
  },
});

/** A bucket of the caller's tenant, or of another for a global administrator. */
@InputType()
export abstract class BucketInput {
  @Field(() => String, { description: "The bucket's name." })
  bucket!: string;

  @Field(() => String, { nullable: true, description: "The name of the bucket's tenant; the caller's own by default." })
  tenant?: string | null;
}

@InputType('CreateBucketInput', { description: 'The bucket to create.' })
export class CreateBucketInput {
  @Field(() => String, {
    nullable: true,
    description: 'The name by the rules of S3: 3 to 63 lower-case letters, digits, dots, hyphens. Required.',
  })
  name?: string | null;

  @Field(() => String, { nullable: true, description: 'The name too, under the word that other inputs have for it.' })
  bucket?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "The name of the tenant to create it in; the caller's own by default.",
  })
  tenant?: string | null;

  @Field(() => String, {
    nullable: true,
    description: "The region to note; the server's own (`GRANARY_S3_REGION`) by default.",
  })
  region?: string | null;

  @Field(() => VersioningSetting, { nullable: true, description: 'Give it to start with versioning.' })
  versioning?: VersioningSetting | null;

  @Field(() => BucketObjectLockInput, {
    nullable: true,
    description: 'Give it, be it empty, to start with object lock, which cannot be turned off, and versioning.',
  })
  objectLock?: BucketObjectLockInput | null;
}

@InputType('SetBucketQuotaInput', { description: 'The bucket, and its whole quota from now on.' })
export class SetBucketQuotaInput extends BucketInput {
  @Field(() => BucketQuotaInput, { description: 'What it may hold at most.' })
  quota!: BucketQuotaInput;
}

@InputType('DeleteBucketInput', { description: 'The bucket to delete; it must be empty.' })
export class DeleteBucketInput extends BucketInput {}

@InputType('SetBucketVersioningInput', { description: 'The bucket, and its versioning from now on.' })
export class SetBucketVersioningInput extends BucketInput {
  @Field(() => VersioningSetting, { description: 'The versioning from now on.' })
  versioning!: VersioningSetting;
}

@InputType('SetBucketObjectLockInput', { description: 'The bucket, and its default retention from now on.' })
export class SetBucketObjectLockInput extends BucketInput {
  @Field(() => DefaultRetentionInput, {
    nullable: true,
    description: 'The retention of what is written without one of its own; none by default.',
  })
  defaultRetention?: DefaultRetentionInput | null;
}

@InputType('UpdateBucketInput', { description: 'The bucket, and what to change of it.' })
export class UpdateBucketInput extends BucketInput {
  @Field(() => Int, {
    nullable: true,
    description: 'For how many seconds a deleted version can be restored from now on; 0 for not at all.',
  })
  trashSeconds?: number | null;

  @Field(() => BucketCompression, { nullable: true, description: 'What is compressed of what is written from now on.' })
  compression?: BucketCompression | null;
}

/** A payload with the bucket that a mutation made or changed. */
@ObjectType()
export abstract class BucketPayload extends Payload {
  @Field(() => Bucket, { nullable: true, description: 'The bucket as it is now; null when `userErrors` says why not.' })
  bucket?: BucketInfo | null;
}

@ObjectType('CreateBucketPayload', { description: 'What came of creating a bucket.' })
export class CreateBucketPayload extends BucketPayload {}

@ObjectType('SetBucketVersioningPayload', { description: 'What came of setting the versioning of a bucket.' })
export class SetBucketVersioningPayload extends BucketPayload {}

@ObjectType('SetBucketObjectLockPayload', { description: 'What came of setting the object lock of a bucket.' })
export class SetBucketObjectLockPayload extends BucketPayload {}

@ObjectType('UpdateBucketPayload', { description: 'What came of changing a bucket.' })
export class UpdateBucketPayload extends BucketPayload {}

@ObjectType('SetBucketQuotaPayload', { description: 'What came of setting the quota of a bucket.' })
export class SetBucketQuotaPayload extends BucketPayload {}

@ObjectType('SetBucketEncryptionPayload', { description: 'What came of setting the encryption of a bucket.' })
export class SetBucketEncryptionPayload extends BucketPayload {}

@ObjectType('PutBucketPolicyPayload', { description: 'What came of putting a bucket policy.' })
export class PutBucketPolicyPayload extends BucketPayload {}

@ObjectType('DeleteBucketPolicyPayload', { description: 'What came of removing a bucket policy.' })
export class DeleteBucketPolicyPayload extends BucketPayload {}

@ObjectType('DeleteBucketPayload', { description: 'What came of deleting a bucket.' })
export class DeleteBucketPayload extends Payload {
  @Field(() => Bucket, {
    nullable: true,
    description: 'The bucket as it was; null when `userErrors` says why it is still there.',
  })
  bucket?: BucketInfo | null;
}
