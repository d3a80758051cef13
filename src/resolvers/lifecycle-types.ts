import { GraphQLDateTime, GraphQLSafeInt } from 'graphql-scalars';
import { Field, InputType, Int, ObjectType } from 'type-graphql';
import { StorageClass } from '../entities/enums.js';
import { BucketInput, BucketPayload } from './bucket-types.js';
import { Tag, TagInput } from './stored-object-types.js';

const daysText = 'In days after the version was written, to the next midnight UTC; null when it is by date.';
const dateText = 'From this midnight UTC on; null when it is in days.';

@ObjectType('LifecycleFilter', { description: 'Which versions a lifecycle rule is for; all that it names must fit.' })
export class LifecycleFilterType {
  @Field(() => String, { description: 'What the keys begin with; empty for all of them.' })
  prefix!: string;

  @Field(() => [Tag], { description: 'Tags that a version must have, all of them.' })
  tags!: Tag[];

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'Only versions of more bytes; null for any.' })
  objectSizeGreaterThan?: number | null;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'Only versions of fewer bytes; null for any.' })
  objectSizeLessThan?: number | null;
}

@ObjectType('LifecycleTransition', { description: 'When current versions move to another class.' })
export class LifecycleTransitionType {
  @Field(() => Int, { nullable: true, description: daysText })
  days?: number | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: dateText })
  date?: Date | null;

  @Field(() => StorageClass, { description: 'The class from then on.' })
  storageClass!: StorageClass;
}

@ObjectType('NoncurrentTransition', { description: 'When versions that another one came after move to another class.' })
export class NoncurrentTransitionType {
  @Field(() => Int, { description: 'In days after the next version was written.' })
  noncurrentDays!: number;

  @Field(() => Int, { nullable: true, description: 'So many newer noncurrent versions are exempt; null for none.' })
  newerNoncurrentVersions?: number | null;

  @Field(() => StorageClass, { description: 'The class from then on.' })
  storageClass!: StorageClass;
}

@ObjectType('LifecycleExpiration', {
  description: 'When current versions are deleted: for good in a bucket without versioning, else by a delete marker.',
})
export class LifecycleExpirationType {
  @Field(() => Int, { nullable: true, description: daysText })
  days?: number | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: dateText })
  date?: Date | null;

  @Field(() => Boolean, { description: 'True removes delete markers that no version is behind any more.' })
  expiredObjectDeleteMarker!: boolean;
}

@ObjectType('NoncurrentExpiration', { description: 'When versions that another one came after are removed for good.' })
export class NoncurrentExpirationType {
  @Field(() => Int, { description: 'In days after the next version was written.' })
  noncurrentDays!: number;

  @Field(() => Int, { nullable: true, description: 'So many newer noncurrent versions are exempt; null for none.' })
  newerNoncurrentVersions?: number | null;
}

@ObjectType('AbortIncompleteMultipartUpload', { description: 'When multipart uploads that never end are aborted.' })
export class AbortIncompleteMultipartUploadType {
  @Field(() => Int, { description: 'In days after the upload was begun.' })
  days!: number;
}

@ObjectType('LifecycleRule', { description: 'What happens to versions by itself.' })
export class LifecycleRuleType {
  @Field(() => String, { description: 'Unique in the bucket.' })
  id!: string;

  @Field(() => Boolean, { description: 'False for a rule that does nothing.' })
  enabled!: boolean;

  @Field(() => LifecycleFilterType, { description: 'Which versions it is for.' })
  filter!: LifecycleFilterType;

  @Field(() => [LifecycleTransitionType], { description: 'When current versions move to another class.' })
  transitions!: LifecycleTransitionType[];

  @Field(() => [NoncurrentTransitionType], { description: 'When noncurrent versions move to another class.' })
  noncurrentTransitions!: NoncurrentTransitionType[];

  @Field(() => LifecycleExpirationType, {
    nullable: true,
    description: 'When current versions are deleted; null for never.',
  })
  expiration?: LifecycleExpirationType | null;

  @Field(() => NoncurrentExpirationType, {
    nullable: true,
    description: 'When noncurrent versions are removed; null for never.',
  })
  noncurrentExpiration?: NoncurrentExpirationType | null;

  @Field(() => AbortIncompleteMultipartUploadType, {
    nullable: true,
    description: 'When multipart uploads that never end are aborted; null for never by this rule.',
  })
  abortIncompleteMultipartUpload?: AbortIncompleteMultipartUploadType | null;
}

@InputType('LifecycleFilterInput', { description: 'Which versions a rule is for; all that it names must fit.' })
export class LifecycleFilterInput {
  @Field(() => String, { nullable: true, description: 'What the keys begin with; any by default.' })
  prefix?: string | null;

  @Field(() => [TagInput], {
    nullable: true,
    description: 'Tags that a version must have, all of them; none by default.',
  })
  tags?: TagInput[] | null;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'Only versions of more bytes; any by default.' })
  objectSizeGreaterThan?: number | null;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'Only versions of fewer bytes; any by default.' })
  objectSizeLessThan?: number | null;
}

@InputType('LifecycleTransitionInput', { description: 'When current versions move to another class.' })
export class LifecycleTransitionInput {
  @Field(() => Int, { nullable: true, description: 'In days after the version was written. Give either days or date.' })
  days?: number | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: 'From this midnight UTC on.' })
  date?: Date | null;

  @Field(() => StorageClass, {
    description: 'The class from then on: GLACIER_IR, or STANDARD_IA after 30 days or more.',
  })
  storageClass!: StorageClass;
}

@InputType('NoncurrentTransitionInput', { description: 'When noncurrent versions move to another class.' })
export class NoncurrentTransitionInput {
  @Field(() => Int, { description: 'In days after the next version was written.' })
  noncurrentDays!: number;

  @Field(() => Int, {
    nullable: true,
    description: 'So many newer noncurrent versions are exempt, 1 to 100; none by default.',
  })
  newerNoncurrentVersions?: number | null;

  @Field(() => StorageClass, {
    description: 'The class from then on: GLACIER_IR, or STANDARD_IA after 30 days or more.',
  })
  storageClass!: StorageClass;
}

@InputType('LifecycleExpirationInput', { description: 'When current versions are deleted. Give one of the fields.' })
export class LifecycleExpirationInput {
  @Field(() => Int, { nullable: true, description: 'In days after the version was written, 1 or more.' })
  days?: number | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: 'From this midnight UTC on.' })
  date?: Date | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Give `true` to remove delete markers that no version is behind any more.',
  })
  expiredObjectDeleteMarker?: boolean | null;
}

@InputType('NoncurrentExpirationInput', { description: 'When noncurrent versions are removed for good.' })
export class NoncurrentExpirationInput {
  @Field(() => Int, { description: 'In days after the next version was written, 1 or more.' })
  noncurrentDays!: number;

  @Field(() => Int, {
    nullable: true,
    description: 'So many newer noncurrent versions are exempt, 1 to 100; none by default.',
  })
  newerNoncurrentVersions?: number | null;
}

@InputType('AbortIncompleteMultipartUploadInput', { description: 'When multipart uploads that never end are aborted.' })
export class AbortIncompleteMultipartUploadInput {
  @Field(() => Int, { description: 'In days after the upload was begun, 1 or more.' })
  days!: number;
}

@InputType('LifecycleRuleInput', { description: 'What is to happen to versions by itself; at least one thing.' })
export class LifecycleRuleInput {
  @Field(() => String, { nullable: true, description: 'Unique in the bucket; made at random by default.' })
  id?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether the rule does anything; true by default.' })
  enabled?: boolean | null;

  @Field(() => LifecycleFilterInput, { nullable: true, description: 'Which versions it is for; all by default.' })
  filter?: LifecycleFilterInput | null;

  @Field(() => [LifecycleTransitionInput], {
    nullable: true,
    description: 'When current versions move; never by default.',
  })
  transitions?: LifecycleTransitionInput[] | null;

  @Field(() => [NoncurrentTransitionInput], {
    nullable: true,
    description: 'When noncurrent versions move; never by default.',
  })
  noncurrentTransitions?: NoncurrentTransitionInput[] | null;

  @Field(() => LifecycleExpirationInput, {
    nullable: true,
    description: 'When current versions are deleted; never by default.',
  })
  expiration?: LifecycleExpirationInput | null;

  @Field(() => NoncurrentExpirationInput, {
    nullable: true,
    description: 'When noncurrent versions are removed; never by default.',
  })
  noncurrentExpiration?: NoncurrentExpirationInput | null;

  @Field(() => AbortIncompleteMultipartUploadInput, {
    nullable: true,
    description: 'When multipart uploads that never end are aborted; never by default.',
  })
  abortIncompleteMultipartUpload?: AbortIncompleteMultipartUploadInput | null;
}

@InputType('SetBucketLifecycleInput', { description: 'A bucket, and all its lifecycle rules from now on.' })
export class SetBucketLifecycleInput extends BucketInput {
  @Field(() => [LifecycleRuleInput], { description: 'All rules, at most 1000; an empty list ends the lifecycle.' })
  rules!: LifecycleRuleInput[];
}

@ObjectType('SetBucketLifecyclePayload', { description: 'What came of setting the lifecycle of a bucket.' })
export class SetBucketLifecyclePayload extends BucketPayload {}
