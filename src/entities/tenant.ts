import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { GraphQLDateTime } from 'graphql-scalars';
import { Field, ObjectType } from 'type-graphql';
import { Node } from './node.js';
import { SafeBigInt } from './safe-bigint.js';

/** The most that a tenant may hold; what is absent has no limit. */
export interface TenantQuota {
  bytes?: number;
  objects?: number;
  buckets?: number;
  users?: number;
  accessKeys?: number;
}

/** Limits of requests, by what is counted; what is absent has the limit of the settings. */
export interface TenantRateLimits {
  user?: { requests: number; windowMs: number };
  accessKey?: { requests: number; windowMs: number };
  bucket?: { requests: number; windowMs: number };
}

/** What may be shared by link; what is absent has no rule. */
export interface SharingRules {
  /** No link works, whoever made it. */
  forbidden?: true;
  /** Links without a password do not work. */
  passwordRequired?: true;
  /** Links end so long after their end was set, at the latest. */
  longestSeconds?: number;
}

/** An isolated customer: its own users, keys, policies and bucket names. */
@Entity({ tableName: 'tenant' })
@ObjectType('Tenant', {
  implements: Node,
  description: 'An isolated customer: its own users, access keys, policies and bucket names.',
})
export class Tenant {
  @PrimaryKey({ type: SafeBigInt, generated: 'by default as identity' })
  id!: number;

  @Property({ type: 'text', unique: true })
  @Field(() => String, { description: 'The unique name, in the form of a DNS label.' })
  name!: string;

  @Property({ type: 'text' })
  @Field(() => String, { description: 'The name to show to people.' })
  displayName!: string;

  @Property({ type: 'text', unique: true })
  canonicalId!: string;

  /** The most that the tenant may hold; null for any amount. */
  @Property({ type: 'jsonb', nullable: true })
  quota!: TenantQuota | null;

  /** What differs from the server's own limits of requests; null for nothing. */
  @Property({ type: 'jsonb', nullable: true })
  rateLimits!: TenantRateLimits | null;

  /** What may be shared by link; null for what the server allows. */
  @Property({ type: 'jsonb', nullable: true })
  sharing!: SharingRules | null;

  @Property({ type: 'timestamptz', length: 6, nullable: true })
  @Field(() => GraphQLDateTime, {
    nullable: true,
    description: 'Since when nobody can use the tenant; null while it is in use.',
  })
  suspendedAt!: Date | null;

  /** Since when only remains of it are there, under a name that nobody can ask for. */
  @Property({ type: 'timestamptz', length: 6, nullable: true })
  deletedAt!: Date | null;

  @Property({ type: 'timestamptz', length: 6, defaultRaw: 'now()' })
  @Field(() => GraphQLDateTime, { description: 'When the tenant was created.' })
  createdAt!: Date;
}
