import type { Rel } from '@mikro-orm/core';
import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { User } from './user.js';

/** One link of a chain of refresh tokens: each use replaces it, and using it twice ends the family. */
@Entity({ tableName: 'refresh_token' })
export class RefreshToken {
  /** SHA-256 of the token. */
  @PrimaryKey({ type: 'bytea' })
  digest!: Buffer;

  @ManyToOne(() => User, { deleteRule: 'cascade', index: true })
  user!: Rel<User>;

  @Property({ type: 'uuid', index: true })
  family!: string;

  @Property({ type: 'timestamptz', length: 6, nullable: true })
  usedAt!: Date | null;

  @Property({ type: 'timestamptz', length: 6, index: true })
  expiresAt!: Date;

  @Property({ type: 'timestamptz', length: 6, defaultRaw: 'now()' })
  createdAt!: Date;
}
