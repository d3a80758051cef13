import { GraphQLDateTime, GraphQLSafeInt } from 'graphql-scalars';
import { Field, Float, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { ReplicationState, StorageClass } from '../entities/enums.js';
import { BucketInput, BucketPayload } from './bucket-types.js';
import { Tag, TagInput } from './stored-object-types.js';
import { Payload } from './user-error.js';

/** Where a version is on its way to other buckets, or that it came from one. */
export const ReplicationStatusType = {
  PENDING: 'PENDING',
  COMPLETED: 'COMPLETED',
  FAILED: 'FAILED',
  REPLICA: 'REPLICA',
} as const;
export type ReplicationStatusType = (typeof ReplicationStatusType)[keyof typeof ReplicationStatusType];

registerEnumType(ReplicationStatusType, {
  name: 'ReplicationStatus',
  description: 'Where a version is on its way to other buckets, or that it came from one.',
  valuesConfig: {
    PENDING: { description: 'Not yet at all of its targets.' },
    COMPLETED: { description: 'At all of its targets.' },
    FAILED: { description: 'Given up at one target or more.' },
    REPLICA: { description: "Written by another bucket's replication." },
  },
});

registerEnumType(ReplicationState, {
  name: 'ReplicationState',
  description: 'How far one version has come on its way to one target.',
  valuesConfig: {
    PENDING: { description: 'It is sent, or tried again, when its time comes.' },
    COMPLETED: { description: 'It is there.' },
    FAILED: { description: 'It was given up.' },
  },
});

/** Which existing versions a resync queues. */
export const ResyncModeType = {
  MISSING: 'MISSING',
  FAILED: 'FAILED',
  ALL: 'ALL',
} as const;
export type ResyncModeType = (typeof ResyncModeType)[keyof typeof ResyncModeType];

registerEnumType(ResyncModeType, {
  name: 'ResyncMode',
  description: 'Which existing versions a resync queues, of those that the rules fit.',
  valuesConfig: {
    MISSING: { description: 'Those that never came to the target, unless a newer one of their key did.' },
    FAILED: { description: 'Those that were given up.' },
    ALL: { description: 'All, content included: for a target that lost what it had.' },
  },
});

@ObjectType('ReplicationTarget', { description: 'A bucket elsewhere that versions are replicated to.' })
export class ReplicationTargetType {
  @Field(() => ID, { description: 'Stays while endpoint and bucket do.' })
  id!: string;

  @Field(() => String, { description: 'Scheme, host and perhaps port of the S3 service.' })
  endpoint!: string;

  @Field(() => String, { description: 'The region that requests are signed for.' })
  region!: string;

  @Field(() => String, { description: "The bucket's name there." })
  bucket!: string;

  @Field(() => Boolean, { description: 'True when the bucket stands in the path and not in the host.' })
  pathStyle!: boolean;

  @Field(() => String, { description: 'The id of the access key; its secret is never shown.' })
  accessKeyId!: string;

  @Field(() => GraphQLSafeInt, { description: 'How many versions are on their way.' })
  pending!: number;

  @Field(() => GraphQLSafeInt, { description: 'How many versions were given up.' })
  failed!: number;

  @Field(() => GraphQLSafeInt, { description: 'How many versions are there.' })
  completed!: number;

  @Field(() => Float, {
    description: 'Seconds since the oldest version was written that is on its way; 0 when none is.',
  })
  lagSeconds!: number;
}

@ObjectType('ReplicationRule', { description: 'Which versions go to one target.' })
export class ReplicationRuleType {
  @Field(() => String, { description: 'Unique in the bucket.' })
  id!: string;

  @Field(() => Boolean, { description: 'False for a rule that decides nothing.' })
  enabled!: boolean;

  @Field(() => Int, { description: 'Among rules with the same target the highest one that fits decides.' })
  priority!: number;

  @Field(() => String, { description: 'What the keys begin with; empty for all of them.' })
  prefix!: string;

  @Field(() => [Tag], { description: 'Tags that a version must have, all of them.' })
  tags!: Tag[];

  @Field(() => ID, { description: 'The target, by its id.' })
  targetId!: string;

  @Field(() => Boolean, { description: 'Whether delete markers go as well.' })
  deleteMarkers!: boolean;

  @Field(() => StorageClass, { nullable: true, description: "The class there; the version's own when null." })
  storageClass!: StorageClass | null;
}

@ObjectType('BucketReplication', { description: 'What a bucket replicates, where to, and how far it has come.' })
export class BucketReplicationType {
  @Field(() => [ReplicationRuleType], { description: 'The rules.' })
  rules!: ReplicationRuleType[];

  @Field(() => [ReplicationTargetType], { description: 'The targets, the oldest first.' })
  targets!: ReplicationTargetType[];
}

@ObjectType('ObjectReplication', { description: 'How far one version has come at one target.' })
export class ObjectReplicationType {
  @Field(() => ID, { description: "The target's id." })
  targetId!: string;

  @Field(() => String, { description: 'Endpoint, slash and bucket of the target.' })
  target!: string;

  @Field(() => ReplicationState, { description: 'How far it has come.' })
  state!: ReplicationState;

  @Field(() => Int, { description: 'How often it was tried since it was queued.' })
  attempts!: number;

  @Field(() => GraphQLDateTime, { description: 'When it is tried next, while it is pending; else without a meaning.' })
  nextAt!: Date;

  @Field(() => String, { nullable: true, description: 'What went wrong the last time; null when nothing did.' })
  error!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The version id there; null while it is not there, `null` as text where there are no versions.',
  })
  remoteVersionId!: string | null;

  @Field(() => GraphQLDateTime, { description: 'When this changed last.' })
  updatedAt!: Date;
}

@InputType('ReplicationTargetInput', { description: 'A bucket elsewhere, known again by endpoint and bucket.' })
export class ReplicationTargetInput {
  @Field(() => String, { description: 'Scheme, host and perhaps port: `https://s3.eu-central-1.amazonaws.com`.' })
  endpoint!: string;

  @Field(() => String, { nullable: true, description: 'The region to sign for; `us-east-1` by default.' })
  region?: string | null;

  @Field(() => String, { description: "The bucket's name there." })
  bucket!: string;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether the bucket stands in the path, true by default, or in the host.',
  })
  pathStyle?: boolean | null;

  @Field(() => String, { description: 'The id of an access key there.' })
  accessKeyId!: string;

  @Field(() => String, {
    nullable: true,
    description: 'Its secret. May be left out for a target that is there already with the same access key.',
  })
  secretAccessKey?: string | null;
}

@InputType('ReplicationRuleInput', { description: 'Which versions go to one target.' })
export class ReplicationRuleInputType {
  @Field(() => String, { description: '1 to 255 characters, unique in the bucket.' })
  id!: string;

  @Field(() => Boolean, { nullable: true, description: 'Whether it decides anything; true by default.' })
  enabled?: boolean | null;

  @Field(() => Int, { description: 'Among rules with the same target the highest one that fits decides.' })
  priority!: number;

  @Field(() => String, { nullable: true, description: 'What the keys begin with; all of them by default.' })
  prefix?: string | null;

  @Field(() => [TagInput], { nullable: true, description: 'Tags that a version must have; none by default.' })
  tags?: TagInput[] | null;

  @Field(() => String, { description: "The target: its bucket's name, its id, or endpoint, slash and bucket." })
  target!: string;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether delete markers go as well, false by default. A rule with tags cannot have it.',
  })
  deleteMarkers?: boolean | null;

  @Field(() => StorageClass, { nullable: true, description: "The class there; the version's own by default." })
  storageClass?: StorageClass | null;
}

@InputType('SetBucketReplicationInput', { description: 'The bucket, its targets and its rules from now on.' })
export class SetBucketReplicationInput extends BucketInput {
  @Field(() => [ReplicationTargetInput], {
    nullable: true,
    description: 'All targets from now on; left out, those that are there stay. Only administrators may give them.',
  })
  targets?: ReplicationTargetInput[] | null;

  @Field(() => [ReplicationRuleInputType], { description: 'All rules from now on; an empty list ends replication.' })
  rules!: ReplicationRuleInputType[];
}

@InputType('TestReplicationInput', { description: 'The bucket, and which of its targets to try.' })
export class TestReplicationInput extends BucketInput {
  @Field(() => ID, { description: "The target's id." })
  targetId!: string;
}

@InputType('ResyncReplicationInput', { description: 'The bucket, and which of its versions to queue.' })
export class ResyncReplicationInput extends BucketInput {
  @Field(() => ResyncModeType, { nullable: true, description: 'Which versions; MISSING by default.' })
  mode?: ResyncModeType | null;

  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: 'Only versions that were written then or later; all by default.',
  })
  since?: Date | null;
}

@InputType('RetryReplicationInput', { description: 'The version to try again.' })
export class RetryReplicationInput extends BucketInput {
  @Field(() => String, { description: "The object's key." })
  key!: string;

  @Field(() => String, { nullable: true, description: 'The version; the current one by default.' })
  versionId?: string | null;
}

@ObjectType('SetBucketReplicationPayload', { description: 'What came of setting the replication of a bucket.' })
export class SetBucketReplicationPayload extends BucketPayload {}

@ObjectType('ResyncReplicationPayload', { description: 'What came of having existing versions queued.' })
export class ResyncReplicationPayload extends Payload {
  @Field(() => Int, { nullable: true, description: 'For how many targets versions are being queued.' })
  targets?: number | null;
}

@ObjectType('RetryReplicationPayload', { description: 'What came of trying a version again.' })
export class RetryReplicationPayload extends Payload {
  @Field(() => Int, { nullable: true, description: 'At how many targets it had failed and is tried again.' })
  targets?: number | null;
}
