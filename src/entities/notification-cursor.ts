import { PrimaryKeyProp, type Rel } from '@mikro-orm/core';
import { Entity, ManyToOne, Property } from '@mikro-orm/decorators/legacy';
import { SafeBigInt } from './safe-bigint.js';
import { Tenant } from './tenant.js';

/** Up to which event a tenant's notifications are queued. */
@Entity({ tableName: 'notification_cursor' })
export class NotificationCursor {
  [PrimaryKeyProp]?: 'tenant';

  @ManyToOne(() => Tenant, { primary: true, deleteRule: 'cascade', updateRule: 'no action' })
  tenant!: Rel<Tenant>;

  @Property({ type: SafeBigInt })
  eventId!: number;
}
