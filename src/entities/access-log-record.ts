import type { Rel } from '@mikro-orm/core';
import { Entity, Index, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Bucket } from './bucket.js';
import { SafeBigInt } from './safe-bigint.js';

/** One line of a bucket's access log, until it is delivered. */
@Entity({ tableName: 'access_log_record' })
@Index({ name: 'access_log_record_bucket_id_id_index', properties: ['bucket', 'id'] })
export class AccessLogRecord {
  @PrimaryKey({ type: SafeBigInt, generated: 'by default as identity' })
  id!: number;

  @ManyToOne(() => Bucket, { deleteRule: 'cascade', updateRule: 'no action', index: false })
  bucket!: Rel<Bucket>;

  @Property({ type: 'timestamptz', length: 6 })
  at!: Date;

  /** Without the end of the line. */
  @Property({ type: 'text' })
  line!: string;
}
