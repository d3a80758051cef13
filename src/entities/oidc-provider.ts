import type { Rel } from '@mikro-orm/core';
import { Entity, Enum, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { GraphQLDateTime } from 'graphql-scalars';
import { Field, Int, ObjectType } from 'type-graphql';
import { Role } from './enums.js';
import { Node } from './node.js';
import { SigningAlgorithm } from './signing-algorithm.js';
import { Tenant } from './tenant.js';

/** An OpenID provider whose users may sign in: into one tenant, or, without one, wherever its claims say. */
@Entity({ tableName: 'oidc_provider' })
@ObjectType('OidcProvider', {
  implements: Node,
  description: 'An OpenID provider whose users may sign in here: into one tenant, or into those that its claims name.',
})
export class OidcProvider {
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @ManyToOne(() => Tenant, { nullable: true, deleteRule: 'cascade', index: true })
  tenant!: Rel<Tenant> | null;

  @Property({ type: 'text', unique: true })
  @Field(() => String, {
    description:
      'What its addresses here have in them: its name, after the name of its tenant and a dot if it has one.',
  })
  address!: string;

  @Property({ type: 'text' })
  @Field(() => String, { description: 'The name to show to people who choose how to sign in.' })
  displayName!: string;

  @Property({ type: 'boolean', default: true })
  @Field(() => Boolean, { description: 'False while nobody can sign in by way of it.' })
  enabled!: boolean;

  @Property({ type: 'text' })
  @Field(() => String, { description: 'Its issuer identifier, exactly as its tokens have it in `iss`.' })
  issuer!: string;

  @Property({ type: 'text' })
  @Field(() => String, { description: 'What this server is called at the provider.' })
  clientId!: string;

  @Property({ type: 'bytea', nullable: true, lazy: true, hidden: true })
  clientSecretSealed!: Buffer | null;

  @Property({ type: 'jsonb' })
  @Field(() => [String], { description: 'Bearer tokens are for this server when `aud` has one of these.' })
  audiences!: string[];

  @Property({ type: 'jsonb' })
  @Field(() => [SigningAlgorithm], { description: 'How tokens may be signed.' })
  algorithms!: SigningAlgorithm[];

  @Property({ type: 'jsonb' })
  @Field(() => [String], { description: 'What is asked for when somebody signs in with a browser.' })
  scopes!: string[];

  @Property({ type: 'integer' })
  @Field(() => Int, { description: "How far the provider's clock may be off, in seconds." })
  clockSkewSeconds!: number;

  @Property({ type: 'jsonb' })
  claims!: object;

  @Property({ type: 'jsonb' })
  rules!: object[];

  @Property({ type: 'text', nullable: true })
  @Field(() => String, {
    nullable: true,
    description: 'The tenant of whom no claim gives one; null for who is then refused, and where the provider has one.',
  })
  defaultTenant!: string | null;

  @Enum({ items: () => Role, type: 'text', nullable: true })
  @Field(() => Role, {
    nullable: true,
    description: 'The role of whom no claim gives one; null when such users are refused.',
  })
  defaultRole!: Role | null;

  @Property({ type: 'boolean' })
  @Field(() => Boolean, { description: 'True when its tokens are taken as bearer tokens.' })
  acceptBearer!: boolean;

  @Property({ type: 'boolean' })
  @Field(() => Boolean, { description: 'True when people can sign in with a browser.' })
  offerLogin!: boolean;

  /** Grows with every change, so that what was found out by an older state is not gone by. */
  @Property({ type: 'integer', default: 1 })
  revision!: number;

  @Property({ type: 'timestamptz', length: 6, defaultRaw: 'now()' })
  @Field(() => GraphQLDateTime, { description: 'When it was set up.' })
  createdAt!: Date;
}
