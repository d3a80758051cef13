import { PrimaryKeyProp, type Rel } from '@mikro-orm/core';
import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { User } from './user.js';

/** An address that a user has signed in from: what strangers do elsewhere does not slow the user there. */
@Entity({ tableName: 'sign_in_address' })
export class SignInAddress {
  [PrimaryKeyProp]?: ['user', 'address'];

  @ManyToOne(() => User, { primary: true, deleteRule: 'cascade' })
  user!: Rel<User>;

  @PrimaryKey({ type: 'text' })
  address!: string;

  @Property({ type: 'timestamptz', length: 6, index: true })
  lastUsedAt!: Date;
}
