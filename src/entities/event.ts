import { PrimaryKeyProp } from '@mikro-orm/core';
import { Entity, Enum, Index, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { EventOutcome } from './enums.js';
import { SafeBigInt } from './safe-bigint.js';

/** A fact, recorded in the transaction that made it true. No foreign keys: events outlive what they tell of. */
@Entity({ tableName: 'event' })
@Index({ name: 'event_unsuccessful_index', properties: ['tenantId', 'id'], where: "outcome <> 'SUCCESS'" })
@Index({ name: 'event_decision_id_index', properties: ['decisionId'], where: 'decision_id is not null' })
@Index({
  name: 'event_search_index',
  expression: `create index event_search_index on event using brin (at, request_id text_bloom_ops (n_distinct_per_range='1200'), actor_name text_bloom_ops (n_distinct_per_range='600'), bucket_id int8_bloom_ops (n_distinct_per_range='600'), action text_bloom_ops (n_distinct_per_range='200'), source_ip text_bloom_ops (n_distinct_per_range='600')) with (pages_per_range='32', autosummarize='on')`,
})
export class Event {
  [PrimaryKeyProp]?: ['tenantId', 'id'];

  @PrimaryKey({ type: SafeBigInt })
  tenantId!: number;

  @PrimaryKey({ type: SafeBigInt, autoincrement: true, generated: 'by default as identity' })
  id!: number;

  @Property({ type: 'timestamptz', length: 6, defaultRaw: 'clock_timestamp()' })
  at!: Date;

  @Property({ type: 'text' })
  action!: string;

  /** What became of it. */
  @Enum({ items: () => EventOutcome, type: 'text', default: EventOutcome.SUCCESS })
  outcome!: EventOutcome;

  @Property({ type: SafeBigInt, nullable: true })
  actorId!: number | null;

  /** The name that the actor had then. */
  @Property({ type: 'text', nullable: true })
  actorName!: string | null;

  /** The key that signed the request. */
  @Property({ type: 'text', nullable: true })
  accessKeyId!: string | null;

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

  /** What the client called itself; not kept of writes of objects, of which there are many. */
  @Property({ type: 'text', nullable: true })
  userAgent!: string | null;

  /** Of a denied request: with what its explanation is found. */
  @Property({ type: 'text', nullable: true })
  decisionId!: string | null;

  @Property({ type: 'jsonb', nullable: true })
  details!: object | null;

  /** Of a write: how many objects more are shown, and of how many bytes, for the totals of folders. */
  @Property({ type: 'smallint', nullable: true })
  objectChange!: number | null;

  @Property({ type: SafeBigInt, nullable: true })
  byteChange!: number | null;
}
