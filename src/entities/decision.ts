import { Entity, Index, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { SafeBigInt } from './safe-bigint.js';

/** Why a request was denied, for a while. No foreign keys: like an event, it outlives what it tells of. */
@Entity({ tableName: 'decision' })
@Index({ name: 'decision_expires_at_index', properties: ['expiresAt'] })
export class Decision {
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @Property({ type: SafeBigInt })
  tenantId!: number;

  @Property({ type: SafeBigInt, nullable: true })
  actorId!: number | null;

  @Property({ type: 'timestamptz', length: 6 })
  at!: Date;

  @Property({ type: 'text' })
  action!: string;

  @Property({ type: 'text' })
  resource!: string;

  @Property({ type: 'jsonb' })
  trace!: object;

  @Property({ type: 'timestamptz', length: 6 })
  expiresAt!: Date;
}
