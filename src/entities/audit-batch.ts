import { PrimaryKeyProp, type Rel } from '@mikro-orm/core';
import { Entity, Index, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { AuditKey } from './audit-key.js';
import { SafeBigInt } from './safe-bigint.js';

/** A link of a tenant's chain: the events behind `afterId` up to `lastId`, under a root that covers the root before. */
@Entity({ tableName: 'audit_batch' })
@Index({ name: 'audit_batch_key_id_index', properties: ['key'] })
@Index({ name: 'audit_batch_kept_index', properties: ['tenantId', 'number'], where: 'removed_at is null' })
export class AuditBatch {
  [PrimaryKeyProp]?: ['tenantId', 'number'];

  @PrimaryKey({ type: SafeBigInt })
  tenantId!: number;

  /** From 1, without gaps. */
  @PrimaryKey({ type: SafeBigInt })
  number!: number;

  @Property({ type: SafeBigInt })
  afterId!: number;

  @Property({ type: SafeBigInt })
  lastId!: number;

  @Property({ type: 'integer' })
  rowCount!: number;

  @Property({ type: 'timestamptz', length: 6 })
  firstAt!: Date;

  @Property({ type: 'timestamptz', length: 6 })
  lastAt!: Date;

  /** Of each event its id and the begin of its hash, so that a changed one can be named; null once they are removed. */
  @Property({ type: 'blob', nullable: true, lazy: true })
  leaves!: Buffer | null;

  @Property({ type: 'blob' })
  rowsDigest!: Buffer;

  @Property({ type: 'blob' })
  previousRoot!: Buffer;

  @Property({ type: 'blob' })
  root!: Buffer;

  @ManyToOne(() => AuditKey, { joinColumn: 'key_id', referenceColumnName: 'id', deleteRule: 'no action' })
  key!: Rel<AuditKey>;

  @Property({ type: 'blob' })
  signature!: Buffer;

  @Property({ type: 'timestamptz', length: 6 })
  sealedAt!: Date;

  /** When retention removed the events. */
  @Property({ type: 'timestamptz', length: 6, nullable: true })
  removedAt!: Date | null;

  /** The signature of the removal. */
  @Property({ type: 'blob', nullable: true })
  removal!: Buffer | null;
}
