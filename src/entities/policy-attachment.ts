import type { Rel } from '@mikro-orm/core';
import { Check, Entity, Enum, ManyToOne, PrimaryKey, Property, Unique } from '@mikro-orm/decorators/legacy';
import { AccessKey } from './access-key.js';
import { UserOrigin } from './enums.js';
import { ManagedPolicy } from './managed-policy.js';
import { SafeBigInt } from './safe-bigint.js';
import { User } from './user.js';
import { UserGroup } from './user-group.js';

/** A policy of the tenant, or a built-in one, on one user, group or access key. */
@Entity({ tableName: 'policy_attachment' })
@Check({ name: 'policy_attachment_policy_check', expression: 'num_nonnulls(policy_id, builtin) = 1' })
@Check({ name: 'policy_attachment_target_check', expression: 'num_nonnulls(user_id, group_id, access_key_id) = 1' })
@Unique({ name: 'policy_attachment_user_id_policy_id_unique', properties: ['user', 'policy'] })
@Unique({ name: 'policy_attachment_user_id_builtin_unique', properties: ['user', 'builtin'] })
@Unique({ name: 'policy_attachment_group_id_policy_id_unique', properties: ['group', 'policy'] })
@Unique({ name: 'policy_attachment_group_id_builtin_unique', properties: ['group', 'builtin'] })
@Unique({ name: 'policy_attachment_access_key_id_policy_id_unique', properties: ['accessKey', 'policy'] })
@Unique({ name: 'policy_attachment_access_key_id_builtin_unique', properties: ['accessKey', 'builtin'] })
export class PolicyAttachment {
  @PrimaryKey({ type: SafeBigInt, generated: 'by default as identity' })
  id!: number;

  @ManyToOne(() => ManagedPolicy, { nullable: true, index: true, deleteRule: 'no action' })
  policy!: Rel<ManagedPolicy> | null;

  /** The name of a built-in policy. */
  @Property({ type: 'text', nullable: true })
  builtin!: string | null;

  @ManyToOne(() => User, { nullable: true, deleteRule: 'cascade' })
  user!: Rel<User> | null;

  @ManyToOne(() => UserGroup, { nullable: true, deleteRule: 'cascade' })
  group!: Rel<UserGroup> | null;

  @ManyToOne(() => AccessKey, { nullable: true, deleteRule: 'cascade' })
  accessKey!: Rel<AccessKey> | null;

  /** A directory takes back only what it gave. */
  @Enum({ items: () => UserOrigin, type: 'text', default: 'LOCAL' })
  source!: UserOrigin;

  @Property({ type: 'timestamptz', length: 6, defaultRaw: 'now()' })
  createdAt!: Date;
}
