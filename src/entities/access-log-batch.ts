import { PrimaryKeyProp, type Rel } from '@mikro-orm/core';
import { Entity, OneToOne, Property } from '@mikro-orm/decorators/legacy';
import { Bucket } from './bucket.js';
import { SafeBigInt } from './safe-bigint.js';

/** The log object that is being written for a bucket: whoever takes over writes the same one again. */
@Entity({ tableName: 'access_log_batch' })
export class AccessLogBatch {
  [PrimaryKeyProp]?: 'bucket';

  @OneToOne(() => Bucket, { primary: true, deleteRule: 'cascade', updateRule: 'no action', owner: true })
  bucket!: Rel<Bucket>;

  /** Of the log object, in the target bucket. */
  @Property({ type: 'text', collation: 'C' })
  key!: string;

  /** The last record that belongs to it. */
  @Property({ type: SafeBigInt })
  lastId!: number;

  /** Set when all of its records are of one day. */
  @Property({ type: 'date', nullable: true })
  day!: string | null;
}
