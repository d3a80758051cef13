import { PrimaryKeyProp, type Rel } from '@mikro-orm/core';
import { Entity, OneToOne, Property } from '@mikro-orm/decorators/legacy';
import { Bucket } from './bucket.js';

/** How far the lifecycle rules of a bucket have gone through its versions. */
@Entity({ tableName: 'lifecycle_round' })
export class LifecycleRound {
  [PrimaryKeyProp]?: 'bucket';

  @OneToOne(() => Bucket, { primary: true, deleteRule: 'cascade', updateRule: 'no action', owner: true })
  bucket!: Rel<Bucket>;

  @Property({ type: 'timestamptz', length: 6, defaultRaw: 'now()' })
  startedAt!: Date;

  @Property({ type: 'timestamptz', length: 6, defaultRaw: 'now()' })
  updatedAt!: Date;

  @Property({ type: 'timestamptz', length: 6, nullable: true })
  finishedAt!: Date | null;

  /** Every version of the keys up to here is done. */
  @Property({ type: 'text', collation: 'C', default: '' })
  lastKey!: string;
}
