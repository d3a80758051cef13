import type { Rel } from '@mikro-orm/core';
import { PrimaryKeyProp } from '@mikro-orm/core';
import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Bucket } from './bucket.js';
import { SafeBigInt } from './safe-bigint.js';

/** A share of a bucket's counters: writers spread over the shards, and the sum over them is the bucket's usage. */
@Entity({ tableName: 'bucket_usage' })
export class BucketUsage {
  [PrimaryKeyProp]?: ['bucket', 'shard'];

  @ManyToOne(() => Bucket, { primary: true, deleteRule: 'cascade' })
  bucket!: Rel<Bucket>;

  @PrimaryKey({ type: 'smallint' })
  shard!: number;

  @Property({ type: SafeBigInt, defaultRaw: '0' })
  objects!: number;

  @Property({ type: SafeBigInt, defaultRaw: '0' })
  versions!: number;

  @Property({ type: SafeBigInt, defaultRaw: '0' })
  bytes!: number;

  @Property({ type: SafeBigInt, defaultRaw: '0' })
  storedBytes!: number;

  /** Of deleted versions that can still be restored. */
  @Property({ type: SafeBigInt, defaultRaw: '0' })
  trashBytes!: number;

  /** Of open multipart uploads. */
  @Property({ type: SafeBigInt, defaultRaw: '0' })
  partBytes!: number;
}
