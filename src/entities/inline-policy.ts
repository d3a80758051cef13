import type { Rel } from '@mikro-orm/core';
import { Check, Entity, ManyToOne, PrimaryKey, Property, Unique } from '@mikro-orm/decorators/legacy';
import { SafeBigInt } from './safe-bigint.js';
import { User } from './user.js';
import { UserGroup } from './user-group.js';

/** A policy that belongs to one user or one group, and goes with it. */
@Entity({ tableName: 'inline_policy' })
@Check({ name: 'inline_policy_target_check', expression: 'num_nonnulls(user_id, group_id) = 1' })
@Unique({ name: 'inline_policy_user_id_name_unique', properties: ['user', 'name'] })
@Unique({ name: 'inline_policy_group_id_name_unique', properties: ['group', 'name'] })
export class InlinePolicy {
  @PrimaryKey({ type: SafeBigInt, generated: 'by default as identity' })
  id!: number;

  @ManyToOne(() => User, { nullable: true, deleteRule: 'cascade' })
  user!: Rel<User> | null;

  @ManyToOne(() => UserGroup, { nullable: true, deleteRule: 'cascade' })
  group!: Rel<UserGroup> | null;

  @Property({ type: 'text', collation: 'C' })
  name!: string;

  @Property({ columnType: 'json', type: 'json' })
  document!: object;

  @Property({ type: 'timestamptz', length: 6, defaultRaw: 'now()' })
  createdAt!: Date;
}
