import type { Rel } from '@mikro-orm/core';
import { Entity, Enum, ManyToOne, PrimaryKey, Property, Unique } from '@mikro-orm/decorators/legacy';
import { GraphQLDateTime } from 'graphql-scalars';
import { Field, ObjectType, registerEnumType } from 'type-graphql';
import { SafeBigInt } from './safe-bigint.js';
import { Tenant } from './tenant.js';

/** By what a target is reached. */
export enum NotificationTargetKind {
  WEBHOOK = 'WEBHOOK',
  NATS = 'NATS',
  AMQP = 'AMQP',
  KAFKA = 'KAFKA',
  REDIS = 'REDIS',
}

registerEnumType(NotificationTargetKind, {
  name: 'NotificationTargetKind',
  description: 'By what a notification target is reached.',
  valuesConfig: {
    WEBHOOK: { description: 'A POST request with JSON, signed with HMAC.' },
    NATS: { description: 'A message on a subject of NATS.' },
    AMQP: { description: 'A persistent message to an exchange or queue of AMQP 0-9-1, as RabbitMQ has them.' },
    KAFKA: { description: 'A message in a topic of Kafka; its key is the bucket and the key of the object.' },
    REDIS: { description: 'An entry at the end of a list of Redis.' },
  },
});

/** Where a tenant lets notifications be sent; the secret is sealed. */
@Entity({ tableName: 'notification_target' })
@Unique({ name: 'notification_target_tenant_id_name_unique', properties: ['tenant', 'name'] })
@ObjectType('NotificationTarget', { description: 'Where notifications of the buckets of a tenant can be sent.' })
export class NotificationTarget {
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @ManyToOne(() => Tenant, { deleteRule: 'cascade' })
  tenant!: Rel<Tenant>;

  @Property({ type: 'text' })
  @Field(() => String, { description: 'The name, unique within the tenant.' })
  name!: string;

  @Enum({ items: () => NotificationTargetKind, type: 'text' })
  @Field(() => NotificationTargetKind, { description: 'By what it is reached.' })
  kind!: NotificationTargetKind;

  @Property({ type: 'text' })
  @Field(() => String, { description: 'Its URL, without credentials.' })
  address!: string;

  @Property({ type: 'text', default: '' })
  @Field(() => String, {
    description: 'The subject, topic or list; for AMQP the queue, or an exchange, a slash and a routing key.',
  })
  destination!: string;

  @Property({ type: 'text', default: '' })
  @Field(() => String, { description: 'The user that the secret belongs to; empty for none.' })
  username!: string;

  @Property({ type: 'bytea', nullable: true, lazy: true, hidden: true })
  secretSealed!: Buffer | null;

  @Property({ type: 'boolean', default: true })
  @Field(() => Boolean, { description: 'While false, what is to be sent waits.' })
  enabled!: boolean;

  /** Grows with every change of the row, so that connections of before can be told. */
  @Property({ type: SafeBigInt, defaultRaw: '1' })
  revision!: number;

  @Property({ type: 'timestamptz', length: 6, defaultRaw: 'now()' })
  @Field(() => GraphQLDateTime, { description: 'When the target was created.' })
  createdAt!: Date;
}
