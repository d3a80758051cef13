import type { Rel } from '@mikro-orm/core';
import { Entity, Index, ManyToOne, PrimaryKey, Property, Unique } from '@mikro-orm/decorators/legacy';
import { Bucket } from './bucket.js';
import { SafeBigInt } from './safe-bigint.js';
import { User } from './user.js';

/** A key that a user marked, whatever version is current there. */
@Entity({ tableName: 'favourite' })
@Unique({ name: 'favourite_user_id_bucket_id_key_unique', properties: ['user', 'bucket', 'key'] })
@Index({ name: 'favourite_user_id_id_index', properties: ['user', 'id'] })
@Index({ name: 'favourite_bucket_id_key_index', properties: ['bucket', 'key'] })
export class Favourite {
  @PrimaryKey({ type: SafeBigInt, generated: 'by default as identity' })
  id!: number;

  @ManyToOne(() => User, { deleteRule: 'cascade' })
  user!: Rel<User>;

  @ManyToOne(() => Bucket, { deleteRule: 'cascade' })
  bucket!: Rel<Bucket>;

  @Property({ type: 'text', collation: 'C' })
  key!: string;

  @Property({ type: 'timestamptz', length: 6, defaultRaw: 'now()' })
  createdAt!: Date;
}
