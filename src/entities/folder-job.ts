import type { Rel } from '@mikro-orm/core';
import { Check, Entity, Index, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { SafeBigInt } from './safe-bigint.js';
import { Tenant } from './tenant.js';

/** Work on a folder that takes longer than a request. Users and buckets may go before it. */
@Entity({ tableName: 'folder_job' })
@Index({ name: 'folder_job_tenant_id_index', properties: ['tenant', 'id'] })
@Index({ name: 'folder_job_actor_id_index', properties: ['actorId', 'id'] })
@Index({ name: 'folder_job_open_index', properties: ['tenant'], where: "state in ('QUEUED', 'RUNNING')" })
export class FolderJob {
  @PrimaryKey({ type: SafeBigInt, generated: 'by default as identity' })
  id!: number;

  /** The bucket's. */
  @ManyToOne(() => Tenant, { deleteRule: 'cascade', updateRule: 'no action', index: false })
  tenant!: Rel<Tenant>;

  /** Whose rights it has. */
  @Property({ type: SafeBigInt })
  actorId!: number;

  @Property({ type: 'text' })
  kind!: string;

  @Property({ type: 'text', default: 'QUEUED' })
  @Check({ expression: "state IN ('QUEUED', 'RUNNING', 'COMPLETED', 'CANCELLED', 'FAILED')" })
  state!: string;

  @Property({ type: SafeBigInt })
  bucketId!: number;

  @Property({ type: 'text' })
  bucket!: string;

  @Property({ type: 'text', collation: 'C' })
  folder!: string;

  @Property({ type: 'jsonb', defaultRaw: "'{}'" })
  options!: object;

  /** What the request came with, and what that was narrowed to. */
  @Property({ type: 'jsonb', defaultRaw: "'{}'" })
  credential!: object;

  @Property({ type: 'text', nullable: true })
  sourceIp!: string | null;

  /** The newest version when it began: later ones are left alone. */
  @Property({ type: SafeBigInt })
  newestVersion!: number;

  /** Up to where the folder has been walked. */
  @Property({ type: 'text', collation: 'C', default: '' })
  placeKey!: string;

  @Property({ type: SafeBigInt, defaultRaw: '0' })
  placeId!: number;

  /** What is being worked on: after a crash the events tell which of it was done. */
  @Property({ type: 'jsonb', nullable: true })
  batch!: object | null;

  @Property({ type: 'integer', defaultRaw: '0' })
  attempts!: number;

  @Property({ type: SafeBigInt, nullable: true })
  total!: number | null;

  @Property({ type: SafeBigInt, defaultRaw: '0' })
  done!: number;

  @Property({ type: SafeBigInt, defaultRaw: '0' })
  skipped!: number;

  @Property({ type: SafeBigInt, defaultRaw: '0' })
  failed!: number;

  @Property({ type: SafeBigInt, defaultRaw: '0' })
  bytes!: number;

  @Property({ type: 'text', nullable: true })
  message!: string | null;

  @Property({ type: 'timestamptz', length: 6, nullable: true })
  cancelAskedAt!: Date | null;

  /** The process whose turn it is, until its lease ends. */
  @Property({ type: 'uuid', nullable: true })
  holder!: string | null;

  @Property({ type: 'timestamptz', length: 6, nullable: true })
  leaseUntil!: Date | null;

  @Property({ type: 'timestamptz', length: 6, defaultRaw: 'now()' })
  dueAt!: Date;

  @Property({ type: 'timestamptz', length: 6, nullable: true })
  turnAt!: Date | null;

  @Property({ type: 'timestamptz', length: 6, defaultRaw: 'now()' })
  createdAt!: Date;

  @Property({ type: 'timestamptz', length: 6, nullable: true })
  startedAt!: Date | null;

  @Property({ type: 'timestamptz', length: 6, nullable: true })
  finishedAt!: Date | null;
}
