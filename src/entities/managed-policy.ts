import type { Rel } from '@mikro-orm/core';
import { Entity, Index, ManyToOne, PrimaryKey, Property, Unique } from '@mikro-orm/decorators/legacy';
import { SafeBigInt } from './safe-bigint.js';
import { Tenant } from './tenant.js';

/** A policy of a tenant, to be attached to users, groups and access keys. The built-in ones are code, not rows. */
@Entity({ tableName: 'policy' })
@Index({
  name: 'policy_tenant_id_lower_name_index',
  expression: 'create index policy_tenant_id_lower_name_index on policy (tenant_id, lower(name))',
})
@Unique({ name: 'policy_tenant_id_name_unique', properties: ['tenant', 'name'] })
export class ManagedPolicy {
  @PrimaryKey({ type: SafeBigInt, generated: 'by default as identity' })
  id!: number;

  @ManyToOne(() => Tenant)
  tenant!: Rel<Tenant>;

  @Property({ type: 'text', collation: 'C' })
  name!: string;

  @Property({ type: 'text', default: '' })
  description!: string;

  @Property({ type: 'text', default: '/' })
  path!: string;

  @Property({ type: 'jsonb', defaultRaw: "'{}'" })
  tags!: Record<string, string>;

  /** Of the version that counts, whose document this is. */
  @Property({ type: 'integer', default: 1 })
  defaultVersion!: number;

  /** Numbers are not given twice. */
  @Property({ type: 'integer', default: 1 })
  lastVersion!: number;

  @Property({ columnType: 'json', type: 'json' })
  document!: object;

  @Property({ type: 'timestamptz', length: 6, defaultRaw: 'now()' })
  createdAt!: Date;

  @Property({ type: 'timestamptz', length: 6, defaultRaw: 'now()' })
  updatedAt!: Date;
}
