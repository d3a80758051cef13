import type { Rel } from '@mikro-orm/core';
import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Tenant } from './tenant.js';

/** An LDAP directory or Active Directory whose users sign in here. */
@Entity({ tableName: 'ldap_directory' })
export class LdapDirectoryRow {
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  /** Whose users it has; null when its groups say so. */
  @ManyToOne(() => Tenant, { nullable: true, index: true, deleteRule: 'no action' })
  tenant!: Rel<Tenant> | null;

  @Property({ type: 'text', unique: true })
  name!: string;

  @Property({ type: 'boolean', default: true })
  enabled!: boolean;

  /** The lower one is asked first for users who are not known yet. */
  @Property({ type: 'integer', default: 100 })
  priority!: number;

  /** How it is reached and asked, and what its groups mean. */
  @Property({ type: 'jsonb' })
  settings!: object;

  /** Of the account that searches; what is sealed is empty when it has none. */
  @Property({ type: 'bytea', lazy: true, hidden: true })
  bindPasswordSealed!: Buffer;

  @Property({ type: 'timestamptz', length: 6, defaultRaw: 'now()' })
  createdAt!: Date;

  @Property({ type: 'timestamptz', length: 6, defaultRaw: 'now()' })
  updatedAt!: Date;
}
