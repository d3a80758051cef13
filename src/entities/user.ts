import type { Rel } from '@mikro-orm/core';
import { Check, Entity, Enum, Index, ManyToOne, PrimaryKey, Property, Unique } from '@mikro-orm/decorators/legacy';
import { GraphQLDateTime } from 'graphql-scalars';
import { Field, ObjectType } from 'type-graphql';
import { AccountKind, Role, UserOrigin } from './enums.js';
import { ManagedPolicy } from './managed-policy.js';
import { Node } from './node.js';
import { SafeBigInt } from './safe-bigint.js';
import { Tenant } from './tenant.js';

/** A principal inside one tenant. Usernames are unique in their tenant. */
@Entity({ tableName: 'user_account' })
@Index({ properties: ['source', 'sourceCheckedAt'] })
@Index({
  name: 'user_account_tenant_id_lower_username_index',
  expression: 'create index user_account_tenant_id_lower_username_index on user_account (tenant_id, lower(username))',
})
@Check({ name: 'user_account_boundary_check', expression: 'num_nonnulls(boundary_policy_id, boundary_builtin) < 2' })
@Unique({ properties: ['tenant', 'username'] })
@Unique({ properties: ['providerId', 'externalId', 'tenant'] })
@ObjectType('User', { implements: Node, description: 'Somebody (or something) that signs in, inside one tenant.' })
export class User {
  @PrimaryKey({ type: SafeBigInt, generated: 'by default as identity' })
  id!: number;

  @ManyToOne(() => Tenant)
  tenant!: Rel<Tenant>;

  @Property({ type: 'text' })
  @Field(() => String, { description: 'The name to sign in with, unique in the tenant.' })
  username!: string;

  /** Argon2id in the PHC string form; a user without one can only use access keys. */
  @Property({ type: 'text', nullable: true, lazy: true, hidden: true })
  passwordHash!: string | null;

  @Enum({ items: () => Role, type: 'text' })
  @Field(() => Role, { description: 'What the user may do before any bucket policy speaks.' })
  role!: Role;

  @Property({ type: 'text' })
  @Field(() => String, { description: 'The name to show to people.' })
  displayName!: string;

  @Property({ type: 'text', nullable: true })
  @Field(() => String, { nullable: true, description: 'The e-mail address, when one was given.' })
  email!: string | null;

  @Property({ type: 'text', unique: true })
  @Field(() => String, { description: 'The id that S3 shows as the owner of buckets and objects.' })
  canonicalId!: string;

  @Property({ type: 'boolean', default: false })
  @Field(() => Boolean, { description: 'True when the user can neither sign in nor use its access keys.' })
  disabled!: boolean;

  @Enum({ items: () => UserOrigin, type: 'text', default: 'LOCAL' })
  @Field(() => UserOrigin, { description: 'Where the user comes from.' })
  source!: UserOrigin;

  /** Which directory or provider; null for local users. */
  @Property({ type: 'text', nullable: true })
  providerId!: string | null;

  /** What the directory or provider knows it by, whatever its name; null for local users. */
  @Property({ type: 'text', nullable: true })
  externalId!: string | null;

  /** True when it is the directory or provider that disabled it, and may enable it again. */
  @Property({ type: 'boolean', default: false })
  disabledBySource!: boolean;

  /** When the directory or provider was asked for it last. */
  @Property({ type: 'timestamptz', length: 6, nullable: true })
  sourceCheckedAt!: Date | null;

  /** Policies ask for them as `aws:PrincipalTag/…`. */
  @Property({ type: 'jsonb', defaultRaw: "'{}'" })
  tags!: Record<string, string>;

  /** A role's account is not signed in as; its name is `role/` and the role's, which no user can have. */
  @Enum({ items: () => AccountKind, type: 'text', default: 'USER' })
  kind!: AccountKind;

  @Property({ type: 'text', default: '/' })
  @Field(() => String, {
    description: 'Where in the tenant the user belongs, as its ARN says it: "/" or "/division/".',
  })
  path!: string;

  /** What limits all that its own policies allow: a policy of the tenant, or a built-in one. */
  @ManyToOne(() => ManagedPolicy, {
    nullable: true,
    index: true,
    deleteRule: 'no action',
    fieldName: 'boundary_policy_id',
  })
  boundary!: Rel<ManagedPolicy> | null;

  @Property({ type: 'text', nullable: true })
  boundaryBuiltin!: string | null;

  @Property({ type: 'timestamptz', length: 6, defaultRaw: 'now()' })
  @Field(() => GraphQLDateTime, { description: 'When the user was created.' })
  createdAt!: Date;

  @Property({ type: 'timestamptz', length: 6, nullable: true })
  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: 'When the user last signed in, by whatever method; null for never. For the user and administrators.',
  })
  lastSignInAt!: Date | null;

  @Property({ type: 'timestamptz', length: 6, nullable: true })
  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: 'When the password was last changed; for the user and administrators.',
  })
  passwordChangedAt!: Date | null;

  @Property({ type: 'boolean', default: false })
  @Field(() => Boolean, {
    nullable: true,
    description: 'True when the next sign-in has to choose a new password; for the user and administrators.',
  })
  mustChangePassword!: boolean;
}
