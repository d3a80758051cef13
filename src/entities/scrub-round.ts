import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { SafeBigInt } from './safe-bigint.js';

/** One reading of every blob, from the first to the last, however many stops it takes. */
@Entity({ tableName: 'scrub_round' })
export class ScrubRound {
  @PrimaryKey({ type: SafeBigInt, generated: 'by default as identity' })
  id!: number;

  @Property({ type: 'timestamptz', length: 6, defaultRaw: 'now()' })
  startedAt!: Date;

  @Property({ type: 'timestamptz', length: 6, defaultRaw: 'now()' })
  updatedAt!: Date;

  @Property({ type: 'timestamptz', length: 6, nullable: true })
  finishedAt!: Date | null;

  /** Everything up to here is done. */
  @Property({ type: 'uuid', nullable: true })
  lastBlobId!: string | null;

  @Property({ type: SafeBigInt, defaultRaw: '0' })
  blobs!: number;

  /** Stored bytes that were read. */
  @Property({ type: SafeBigInt, defaultRaw: '0' })
  bytes!: number;

  @Property({ type: SafeBigInt, defaultRaw: '0' })
  corrupt!: number;

  @Property({ type: SafeBigInt, defaultRaw: '0' })
  missing!: number;

  @Property({ type: SafeBigInt, defaultRaw: '0' })
  repaired!: number;
}
