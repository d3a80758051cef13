import { Entity, Index, PrimaryKey, Property, Unique } from '@mikro-orm/decorators/legacy';
import type { BlobDamage, BlobState } from './enums.js';
import { SafeBigInt } from './safe-bigint.js';

/** Immutable bytes, addressed by their SHA-256 and stored once per scope: in a file, or in the row when they are few. */
@Entity({ tableName: 'blob' })
@Unique({ name: 'blob_live_address_unique', properties: ['scope', 'address', 'domain'], where: "state = 'live'" })
@Unique({ name: 'blob_path_unique', properties: ['path'], where: 'path is not null' })
@Index({ name: 'blob_review_at_index', properties: ['reviewAt'], where: 'review_at is not null' })
@Index({ name: 'blob_pending_index', properties: ['createdAt'], where: "state = 'pending'" })
@Index({ name: 'blob_damaged_index', properties: ['id'], where: 'damage is not null' })
@Index({ name: 'blob_dead_index', properties: ['deadAt'], where: "state = 'dead'" })
export class Blob {
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  /** The tenant inside which equal bytes are stored once; 0 when they are stored once for all. */
  @Property({ type: SafeBigInt })
  scope!: number;

  @Property({ type: 'bytea' })
  address!: Buffer;

  /** The store and whose key seals the bytes: equal bytes are shared inside of it. Null when they are shared with nobody. */
  @Property({ type: 'text', nullable: true })
  domain!: string | null;

  @Property({ type: SafeBigInt })
  size!: number;

  /** Bytes on the disk or in the row: sealed, and perhaps compressed. */
  @Property({ type: SafeBigInt })
  storedSize!: number;

  /** How the bytes are stored; see docs/format.md. */
  @Property({ type: 'smallint', defaultRaw: '0' })
  format!: number;

  /** The data key of sealed bytes, wrapped. */
  @Property({ type: 'bytea', nullable: true, lazy: true, hidden: true })
  wrappedKey!: Buffer | null;

  @Property({ type: 'text', nullable: true })
  damage!: BlobDamage | null;

  @Property({ type: 'timestamptz', length: 6, nullable: true })
  damagedAt!: Date | null;

  @Property({ type: 'text' })
  state!: BlobState;

  @Property({ type: 'text', nullable: true })
  path!: string | null;

  @Property({ type: 'bytea', nullable: true, lazy: true })
  content!: Buffer | null;

  @Property({ type: 'integer', defaultRaw: '0' })
  refCount!: number;

  @Property({ type: 'timestamptz', length: 6, nullable: true })
  reviewAt!: Date | null;

  @Property({ type: 'timestamptz', length: 6, nullable: true })
  deadAt!: Date | null;

  @Property({ type: 'timestamptz', length: 6, defaultRaw: 'now()' })
  createdAt!: Date;

  /** The id while the blob is live: what references point at, so that a referenced blob cannot die. */
  @Property({
    type: 'uuid',
    nullable: true,
    unique: true,
    generated: "(case when (state = 'live'::text) then id else null::uuid end) stored",
  })
  liveId!: string | null;
}
