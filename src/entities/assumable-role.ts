import type { Rel } from '@mikro-orm/core';
import { Entity, Index, ManyToOne, OneToOne, Property, Unique } from '@mikro-orm/decorators/legacy';
import { Tenant } from './tenant.js';
import { User } from './user.js';

/** A role: what an account that is assumed has, and one that is signed in as has not. */
@Entity({ tableName: 'assumable_role' })
@Index({
  name: 'assumable_role_tenant_id_lower_name_index',
  expression: 'create index assumable_role_tenant_id_lower_name_index on assumable_role (tenant_id, lower(name))',
})
@Unique({ name: 'assumable_role_tenant_id_name_unique', properties: ['tenant', 'name'] })
export class AssumableRole {
  /** The account, which has the policies, the tags and the path. */
  @OneToOne(() => User, { primary: true, deleteRule: 'cascade' })
  user!: Rel<User>;

  @ManyToOne(() => Tenant, { deleteRule: 'cascade' })
  tenant!: Rel<Tenant>;

  @Property({ type: 'text', collation: 'C' })
  name!: string;

  @Property({ type: 'text', default: '' })
  description!: string;

  /** Who may assume it. */
  @Property({ columnType: 'json', type: 'json' })
  trustPolicy!: object;

  @Property({ type: 'integer', default: 3600 })
  maxSessionSeconds!: number;

  @Property({ type: 'timestamptz', length: 6, nullable: true })
  lastUsedAt!: Date | null;
}
