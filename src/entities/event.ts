import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { SafeBigInt } from './safe-bigint.js';

/** A fact, recorded in the transaction that made it true. No foreign keys: events outlive what they tell of. */
@Entity({ tableName: 'event' })
export class Event {
  @PrimaryKey({ type: SafeBigInt, generated: 'by default as identity' })
  id!: number;

  @Property({ type: SafeBigInt })
  tenantId!: number;

  @Property({ type: 'timestamptz', length: 6, defaultRaw: 'clock_timestamp()' })
  at!: Date;

  @Property({ type: 'text' })
  action!: string;

  @Property({ type: SafeBigInt, nullable: true })
  actorId!: number | null;

  @Property({ type: SafeBigInt, nullable: true })
  bucketId!: number | null;

  @Property({ type: 'text', nullable: true, collation: 'C' })
  key!: string | null;

  @Property({ type: SafeBigInt, nullable: true })
  versionId!: number | null;

  @Property({ type: 'text' })
  requestId!: string;

  @Property({ type: 'text', nullable: true })
  sourceIp!: string | null;

  @Property({ type: 'jsonb', nullable: true })
  details!: object | null;
}
