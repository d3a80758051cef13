import { Check, Entity, Index, PrimaryKey, Property, Unique } from '@mikro-orm/decorators/legacy';
import { SafeBigInt } from './safe-bigint.js';

/** The removal of a tenant with all it holds. The row outlives the tenant. */
@Entity({ tableName: 'tenant_purge' })
@Unique({ name: 'tenant_purge_running_unique', properties: ['tenantId'], where: "state = 'RUNNING'" })
@Index({ name: 'tenant_purge_tenant_id_index', properties: ['tenantId', 'id'] })
export class TenantPurge {
  @PrimaryKey({ type: SafeBigInt, generated: 'by default as identity' })
  id!: number;

  @Property({ type: SafeBigInt })
  tenantId!: number;

  @Property({ type: 'text' })
  tenantName!: string;

  @Property({ type: 'text', default: 'RUNNING' })
  @Check({ expression: "state IN ('RUNNING', 'HELD', 'COMPLETED')" })
  state!: 'RUNNING' | 'HELD' | 'COMPLETED';

  /** Who asked for it. */
  @Property({ type: SafeBigInt, nullable: true })
  actorId!: number | null;

  @Property({ type: SafeBigInt, defaultRaw: '0' })
  versions!: number;

  @Property({ type: SafeBigInt, defaultRaw: '0' })
  bytes!: number;

  @Property({ type: SafeBigInt, defaultRaw: '0' })
  buckets!: number;

  /** How many versions object lock kept. */
  @Property({ type: SafeBigInt, defaultRaw: '0' })
  held!: number;

  @Property({ type: 'timestamptz', length: 6, defaultRaw: 'now()' })
  startedAt!: Date;

  @Property({ type: 'timestamptz', length: 6, defaultRaw: 'now()' })
  updatedAt!: Date;

  @Property({ type: 'timestamptz', length: 6, nullable: true })
  finishedAt!: Date | null;
}
