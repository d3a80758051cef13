import { GraphQLDateTime } from 'graphql-scalars';
import { Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { NotificationTarget, NotificationTargetKind } from '../entities/notification-target.js';
import type { DeadLetter as DeadLetterSource } from '../operations/notifications/dead-letters.js';
import { BucketInput, BucketPayload } from './bucket-types.js';
import { countedConnectionTypes } from './connection.js';
import type { NotificationTargetSource } from './sources.js';
import { Payload } from './user-error.js';

export const NotificationTargetConnection = countedConnectionTypes<NotificationTargetSource>('NotificationTarget', {
  type: () => NotificationTarget,
  noun: 'notification targets',
});

/** As which of S3's kinds of destination a target is named. */
export enum NotificationForm {
  QUEUE = 'QUEUE',
  TOPIC = 'TOPIC',
  FUNCTION = 'FUNCTION',
}

registerEnumType(NotificationForm, {
  name: 'NotificationForm',
  description: "As which of S3's kinds of destination a target is named. It makes no difference to what is sent.",
  valuesConfig: {
    QUEUE: { description: 'QueueConfiguration.' },
    TOPIC: { description: 'TopicConfiguration.' },
    FUNCTION: { description: 'CloudFunctionConfiguration.' },
  },
});

const eventsText = 'The events by the names of S3: `s3:ObjectCreated:*`, `s3:ObjectRemoved:Delete`.';

@ObjectType('NotificationRule', { description: 'Which events of a bucket go to which target.' })
export class NotificationRuleType {
  @Field(() => String, { description: 'The id, unique within the bucket.' })
  id!: string;

  @Field(() => NotificationForm, { description: 'As which kind of destination S3 shows the target.' })
  form!: NotificationForm;

  @Field(() => String, { description: 'The name of the target.' })
  target!: string;

  @Field(() => [String], { description: eventsText })
  events!: string[];

  @Field(() => String, { description: 'What the key begins with; empty for any.' })
  prefix!: string;

  @Field(() => String, { description: 'What the key ends with; empty for any.' })
  suffix!: string;
}

@InputType('NotificationRuleInput', { description: 'Which events of a bucket go to which target.' })
export class NotificationRuleInput {
  @Field(() => String, { nullable: true, description: 'An id, unique within the bucket; one is made when absent.' })
  id?: string | null;

  @Field(() => NotificationForm, {
    nullable: true,
    description: 'As which kind of destination S3 shows the target; QUEUE by default.',
  })
  form?: NotificationForm | null;

  @Field(() => String, { description: "The name of a target of the bucket's tenant." })
  target!: string;

  @Field(() => [String], { description: eventsText })
  events!: string[];

  @Field(() => String, { nullable: true, description: 'What the key begins with; any by default.' })
  prefix?: string | null;

  @Field(() => String, { nullable: true, description: 'What the key ends with; any by default.' })
  suffix?: string | null;
}

@InputType('SetBucketNotificationsInput', { description: 'The bucket, and the rules that replace those it has.' })
export class SetBucketNotificationsInput extends BucketInput {
  @Field(() => [NotificationRuleInput], { description: 'The rules, at most 100; none ends the notifications.' })
  rules!: NotificationRuleInput[];
}

@ObjectType('SetBucketNotificationsPayload', { description: 'What came of setting what a bucket notifies of.' })
export class SetBucketNotificationsPayload extends BucketPayload {}

/** Which target. */
@InputType()
abstract class TargetInput {
  @Field(() => String, { description: 'The name of the target.' })
  name!: string;

  @Field(() => String, { nullable: true, description: "The name of the tenant; the caller's own by default." })
  tenant?: string | null;
}

/** What can be set when a target is created and changed. */
@InputType()
abstract class TargetSettingsInput extends TargetInput {
  @Field(() => String, {
    nullable: true,
    description: 'The subject, topic or list; for AMQP the queue, or an exchange, a slash and a routing key.',
  })
  destination?: string | null;

  @Field(() => String, { nullable: true, description: 'The user that the secret belongs to.' })
  username?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'What requests of a webhook are signed with (one is made when it is absent), else the password or token; empty for none. It is never shown.',
  })
  secret?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'False lets what is to be sent wait. True by default.' })
  enabled?: boolean | null;
}

@InputType('CreateNotificationTargetInput', { description: 'The notification target to set up.' })
export class CreateNotificationTargetInput extends TargetSettingsInput {
  @Field(() => NotificationTargetKind, { description: 'By what it is reached.' })
  kind!: NotificationTargetKind;

  @Field(() => String, {
    description: 'Its URL: `https://`, `tls://` (NATS), `amqps://`, `kafkas://` or `rediss://`, without credentials.',
  })
  address!: string;
}

@InputType('UpdateNotificationTargetInput', {
  description: 'The notification target, and what changes; the rest stays.',
})
export class UpdateNotificationTargetInput extends TargetSettingsInput {
  @Field(() => String, { nullable: true, description: 'Its URL, without credentials.' })
  address?: string | null;
}

@InputType('DeleteNotificationTargetInput', { description: 'The notification target to remove.' })
export class DeleteNotificationTargetInput extends TargetInput {}

@InputType('TestNotificationTargetInput', { description: 'The notification target to try.' })
export class TestNotificationTargetInput extends TargetInput {}

/** A payload with a target. */
@ObjectType()
abstract class TargetPayload extends Payload {
  @Field(() => NotificationTarget, { nullable: true, description: 'The target; null when `userErrors` says why not.' })
  notificationTarget?: NotificationTargetSource | null;
}

@ObjectType('CreateNotificationTargetPayload', { description: 'What came of setting up a notification target.' })
export class CreateNotificationTargetPayload extends TargetPayload {
  @Field(() => String, {
    nullable: true,
    description: 'The secret that was made for a webhook; it is shown this once. Null when none was made.',
  })
  secret?: string | null;
}

@ObjectType('UpdateNotificationTargetPayload', { description: 'What came of changing a notification target.' })
export class UpdateNotificationTargetPayload extends TargetPayload {}

@ObjectType('DeleteNotificationTargetPayload', { description: 'What came of removing a notification target.' })
export class DeleteNotificationTargetPayload extends Payload {
  @Field(() => String, { nullable: true, description: 'The name it had; null when `userErrors` says why not.' })
  deletedName?: string | null;
}

@ObjectType('TestNotificationTargetPayload', { description: 'What came of trying a notification target.' })
export class TestNotificationTargetPayload extends Payload {
  @Field(() => Boolean, { nullable: true, description: 'Whether the test event arrived; null when it was not sent.' })
  delivered?: boolean | null;

  @Field(() => String, { nullable: true, description: 'What went wrong; null when nothing did.' })
  problem?: string | null;
}

@ObjectType('DeadLetter', { description: 'A notification that was given up.' })
export class DeadLetterType {
  @Field(() => ID, { description: 'Its id, for `replayDeadLetters` and `discardDeadLetters`.' })
  id!: number;

  @Field(() => String, { description: 'The name of the target.' })
  targetName!: string;

  @Field(() => String, { nullable: true, description: 'The name of the bucket; null when it is no longer there.' })
  bucketName!: string | null;

  @Field(() => String, { description: 'The key of the object; empty for a test event.' })
  key!: string;

  @Field(() => String, { description: 'The event by the name of S3: `s3:ObjectCreated:Put`.' })
  eventName!: string;

  @Field(() => String, { description: 'The JSON document that was to be sent.' })
  body!: string;

  @Field(() => Int, { description: 'How often it was tried.' })
  attempts!: number;

  @Field(() => String, { nullable: true, description: 'Why the last attempt failed.' })
  error!: string | null;

  @Field(() => GraphQLDateTime, { description: 'When it was queued.' })
  createdAt!: Date;

  @Field(() => GraphQLDateTime, { description: 'When it was given up.' })
  deadAt!: Date;
}

export const DeadLetterConnection = countedConnectionTypes<DeadLetterSource>('DeadLetter', {
  type: () => DeadLetterType,
  noun: 'dead letters',
});

/** Which dead letters. */
@InputType()
abstract class DeadLettersInput {
  @Field(() => String, { nullable: true, description: "The name of the tenant; the caller's own by default." })
  tenant?: string | null;

  @Field(() => String, { nullable: true, description: 'Only those of the target with this name.' })
  target?: string | null;

  @Field(() => [ID], { nullable: true, description: 'Only these, at most 1000; all by default.' })
  ids?: string[] | null;
}

@InputType('ReplayDeadLettersInput', { description: 'The dead letters to send again.' })
export class ReplayDeadLettersInput extends DeadLettersInput {}

@InputType('DiscardDeadLettersInput', { description: 'The dead letters to forget.' })
export class DiscardDeadLettersInput extends DeadLettersInput {}

/** A payload that says how many dead letters it was. */
@ObjectType()
abstract class DeadLettersPayload extends Payload {
  @Field(() => Int, { nullable: true, description: 'How many they were; null when `userErrors` says why not.' })
  count?: number | null;
}

@ObjectType('ReplayDeadLettersPayload', { description: 'What came of sending dead letters again.' })
export class ReplayDeadLettersPayload extends DeadLettersPayload {}

@ObjectType('DiscardDeadLettersPayload', { description: 'What came of forgetting dead letters.' })
export class DiscardDeadLettersPayload extends DeadLettersPayload {}
