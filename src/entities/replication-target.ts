import type { Rel } from '@mikro-orm/core';
import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Bucket } from './bucket.js';

/** A bucket elsewhere that versions are replicated to, and the credentials for it; the secret is sealed. */
@Entity({ tableName: 'replication_target' })
export class ReplicationTarget {
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @ManyToOne(() => Bucket, { deleteRule: 'cascade', index: true })
  bucket!: Rel<Bucket>;

  @Property({ type: 'text' })
  endpoint!: string;

  @Property({ type: 'text' })
  region!: string;

  @Property({ type: 'text' })
  targetBucket!: string;

  @Property({ type: 'boolean' })
  pathStyle!: boolean;

  @Property({ type: 'text' })
  accessKeyId!: string;

  @Property({ type: 'bytea', lazy: true, hidden: true })
  secretSealed!: Buffer;

  /** How far the queueing of existing versions has come; null when none is under way. */
  @Property({ type: 'jsonb', nullable: true })
  resync!: object | null;

  @Property({ type: 'timestamptz', length: 6, defaultRaw: 'now()' })
  createdAt!: Date;

  /** Nobody sees it any more; the row goes when all that was queued for it is forgotten. */
  @Property({ type: 'timestamptz', length: 6, nullable: true })
  removedAt!: Date | null;
}
