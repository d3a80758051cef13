import type { Rel } from '@mikro-orm/core';
import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { User } from './user.js';

/** How often signing in has failed for one name, from one address, or for one name from one address. */
@Entity({ tableName: 'sign_in_throttle' })
export class SignInThrottle {
  /** A keyed digest of what is counted: what people type as a name may be a password. */
  @PrimaryKey({ type: 'bytea' })
  subject!: Buffer;

  /** Where there is such a user, so that it can be unlocked. */
  @ManyToOne(() => User, { deleteRule: 'cascade', nullable: true, index: true })
  user!: Rel<User> | null;

  @Property({ type: 'integer' })
  failures!: number;

  @Property({ type: 'timestamptz', length: 6, index: true })
  lastFailedAt!: Date;

  @Property({ type: 'timestamptz', length: 6, nullable: true })
  blockedUntil!: Date | null;
}
