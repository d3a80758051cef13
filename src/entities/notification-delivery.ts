import type { Rel } from '@mikro-orm/core';
import { Check, Entity, Index, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { NotificationTarget } from './notification-target.js';
import { SafeBigInt } from './safe-bigint.js';
import { Tenant } from './tenant.js';

/** A notification on its way to a target, or given up; the row goes when it has arrived. */
@Entity({ tableName: 'notification_delivery' })
@Index({
  name: 'notification_delivery_key_index',
  properties: ['target', 'bucketId', 'key', 'id'],
  where: "state = 'PENDING'",
})
@Index({ name: 'notification_delivery_target_id_index', properties: ['target', 'id'] })
@Index({
  name: 'notification_delivery_due_index',
  properties: ['dueAt'],
  where: "state = 'PENDING' and due_at is not null",
})
@Index({ name: 'notification_delivery_tenant_id_index', properties: ['tenant', 'id'] })
export class NotificationDelivery {
  @PrimaryKey({ type: SafeBigInt, generated: 'by default as identity' })
  id!: number;

  @ManyToOne(() => Tenant, { deleteRule: 'cascade' })
  tenant!: Rel<Tenant>;

  @ManyToOne(() => NotificationTarget, { deleteRule: 'cascade' })
  target!: Rel<NotificationTarget>;

  /** No foreign key: notifications outlive what they tell of. */
  @Property({ type: SafeBigInt })
  bucketId!: number;

  /** Empty for a test event. */
  @Property({ type: 'text', collation: 'C' })
  key!: string;

  @Property({ type: 'text' })
  eventName!: string;

  /** The document that is sent. */
  @Property({ type: 'text' })
  body!: string;

  @Property({ type: 'text', default: 'PENDING' })
  @Check({ expression: `state in ('PENDING', 'DEAD')` })
  state!: 'PENDING' | 'DEAD';

  @Property({ type: 'integer', defaultRaw: '0' })
  attempts!: number;

  /** When it is tried next; null while an earlier one of the same key is on its way, and for what was given up. */
  @Property({ type: 'timestamptz', length: 6, nullable: true })
  dueAt!: Date | null;

  /** Why the last attempt failed. */
  @Property({ type: 'text', nullable: true })
  error!: string | null;

  @Property({ type: 'timestamptz', length: 6, defaultRaw: 'now()' })
  createdAt!: Date;

  @Property({ type: 'timestamptz', length: 6, nullable: true })
  deadAt!: Date | null;
}
