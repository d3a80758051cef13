import { PrimaryKeyProp, type Rel } from '@mikro-orm/core';
import { Entity, Enum, ManyToOne, Property } from '@mikro-orm/decorators/legacy';
import { UserOrigin } from './enums.js';
import { User } from './user.js';
import { UserGroup } from './user-group.js';

/** A user in a group. */
@Entity({ tableName: 'user_group_member' })
export class UserGroupMember {
  [PrimaryKeyProp]?: ['group', 'user'];

  @ManyToOne(() => UserGroup, { primary: true, deleteRule: 'cascade' })
  group!: Rel<UserGroup>;

  @ManyToOne(() => User, { primary: true, deleteRule: 'cascade', index: true })
  user!: Rel<User>;

  /** A directory takes back only what it gave. */
  @Enum({ items: () => UserOrigin, type: 'text', default: 'LOCAL' })
  source!: UserOrigin;

  @Property({ type: 'timestamptz', length: 6, defaultRaw: 'now()' })
  createdAt!: Date;
}
