import { GraphQLDateTime, GraphQLSafeInt } from 'graphql-scalars';
import { Field, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import type { LockMode } from '../operations/types.js';
import { connectionTypes } from './connection.js';

/** Who may end a retention early. */
export enum LockModeType {
  GOVERNANCE = 'GOVERNANCE',
  COMPLIANCE = 'COMPLIANCE',
}

registerEnumType(LockModeType, {
  name: 'LockMode',
  description: 'Who may end a retention early.',
  valuesConfig: {
    GOVERNANCE: { description: 'Who has `s3:BypassGovernanceRetention` and says `bypassGovernance`.' },
    COMPLIANCE: { description: 'Nobody, whatever their rights. It can only be made longer.' },
  },
});

@ObjectType('ObjectRetention', { description: 'Until when a version cannot be deleted.' })
export class ObjectRetentionType {
  @Field(() => LockModeType, { description: 'Who may end it early.' })
  mode!: LockMode;

  @Field(() => GraphQLDateTime, { description: 'When it is over.' })
  retainUntil!: Date;
}

@InputType('ObjectRetentionInput', { description: 'Until when a version cannot be deleted.' })
export class ObjectRetentionInput {
  @Field(() => LockModeType, { description: 'Who may end it early.' })
  mode!: LockMode;

  @Field(() => GraphQLDateTime, { description: 'When it is over: a date in the future.' })
  retainUntil!: Date;
}

@ObjectType('DefaultRetention', { description: 'The retention of what is written without one of its own.' })
export class DefaultRetentionType {
  @Field(() => LockModeType, { description: 'Who may end it early.' })
  mode!: LockMode;

  @Field(() => Int, { nullable: true, description: 'For how many days; null when it is in years.' })
  days?: number | null;

  @Field(() => Int, { nullable: true, description: 'For how many years of 365 days; null when it is in days.' })
  years?: number | null;
}

@InputType('DefaultRetentionInput', { description: 'The retention of what is written without one of its own.' })
export class DefaultRetentionInput {
  @Field(() => LockModeType, { description: 'Who may end it early.' })
  mode!: LockMode;

  @Field(() => Int, { nullable: true, description: 'For how many days, 1 to 36500. Give either days or years.' })
  days?: number | null;

  @Field(() => Int, { nullable: true, description: 'For how many years of 365 days, 1 to 100.' })
  years?: number | null;
}

@ObjectType('BucketObjectLock', { description: 'The object lock of a bucket; once on, it stays on.' })
export class BucketObjectLockType {
  @Field(() => DefaultRetentionType, {
    nullable: true,
    description: 'The retention of what is written without one of its own; null for none.',
  })
  defaultRetention?: DefaultRetentionType | null;
}

@InputType('BucketObjectLockInput', { description: 'The object lock of a new bucket; it cannot be turned off again.' })
export class BucketObjectLockInput {
  @Field(() => DefaultRetentionInput, {
    nullable: true,
    description: 'The retention of what is written without one of its own; none by default.',
  })
  defaultRetention?: DefaultRetentionInput | null;
}

@ObjectType('HeldVersion', { description: 'A version that object lock keeps from being purged.' })
export class HeldVersionType {
  /** The row. */
  id!: number;

  @Field(() => String, { description: 'The name of its bucket.' })
  bucket!: string;

  @Field(() => String, { description: 'Its key.' })
  key!: string;

  @Field(() => String, { description: 'Its version id.' })
  versionId!: string;

  @Field(() => GraphQLSafeInt, { description: 'Its size in bytes.' })
  size!: number;

  @Field(() => LockModeType, { nullable: true, description: 'The mode of its retention; null when it has none.' })
  mode!: LockMode | null;

  @Field(() => GraphQLDateTime, { nullable: true, description: 'Until when it is retained; null when it is not.' })
  retainUntil!: Date | null;

  @Field(() => Boolean, { description: 'Whether a legal hold keeps it.' })
  legalHold!: boolean;
}

export const HeldVersionConnection = connectionTypes<HeldVersionType>('HeldVersion', {
  type: () => HeldVersionType,
  noun: 'held versions',
});
