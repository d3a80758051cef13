import type { Rel } from '@mikro-orm/core';
import { Entity, Enum, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { SignInMethod } from './enums.js';
import { User } from './user.js';

/** A sign-in whose password was right, and which waits for a code or for a new password. */
@Entity({ tableName: 'sign_in_challenge' })
export class SignInChallenge {
  /** SHA-256 of what the client holds. */
  @PrimaryKey({ type: 'bytea' })
  digest!: Buffer;

  @ManyToOne(() => User, { deleteRule: 'cascade', index: true })
  user!: Rel<User>;

  @Enum({ items: () => SignInMethod, type: 'text' })
  method!: SignInMethod;

  @Property({ type: 'boolean' })
  needsCode!: boolean;

  @Property({ type: 'boolean' })
  needsPassword!: boolean;

  @Property({ type: 'integer', default: 0 })
  attempts!: number;

  @Property({ type: 'timestamptz', length: 6, index: true })
  expiresAt!: Date;
}
