import type { Rel } from '@mikro-orm/core';
import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { GraphQLDateTime, GraphQLJSON } from 'graphql-scalars';
import { Field, ObjectType } from 'type-graphql';
import { ApiScope } from './enums.js';
import { Node } from './node.js';
import { User } from './user.js';

/** A bearer secret for GraphQL and downloads, with no more than the rights of its user. */
@Entity({ tableName: 'api_key' })
@ObjectType('ApiKey', { implements: Node, description: 'A bearer secret with the rights of its user, or fewer.' })
export class ApiKey {
  @PrimaryKey({ type: 'uuid', fieldName: 'id' })
  @Field(() => String, { description: 'The id, for `revokeApiKey`; no secret.' })
  keyId!: string;

  @ManyToOne(() => User, { deleteRule: 'cascade', index: true })
  user!: Rel<User>;

  @Property({ type: 'text' })
  @Field(() => String, { description: 'What the key is for, in the words of who made it.' })
  name!: string;

  /** SHA-256 of the secret, which is random enough for it. */
  @Property({ type: 'bytea', unique: true, lazy: true, hidden: true })
  digest!: Buffer;

  @Property({ type: 'text[]' })
  @Field(() => [ApiScope], { description: 'What the key may be used for.' })
  scopes!: ApiScope[];

  @Property({ type: 'json', nullable: true })
  @Field(() => GraphQLJSON, {
    nullable: true,
    description: 'A policy that must allow as well, whatever the scopes say.',
  })
  sessionPolicy!: object | null;

  /** What its maker was narrowed to, and the key therefore too. */
  @Property({ type: 'jsonb', default: '[]' })
  inheritedPolicies!: object[];

  @Property({ type: 'timestamptz', length: 6, nullable: true })
  @Field(() => GraphQLDateTime, { nullable: true, description: 'When the key stops working; null for never.' })
  expiresAt!: Date | null;

  @Property({ type: 'timestamptz', length: 6, nullable: true })
  @Field(() => GraphQLDateTime, { nullable: true, description: 'When the key was last used, to about a minute.' })
  lastUsedAt!: Date | null;

  @Property({ type: 'timestamptz', length: 6, defaultRaw: 'now()' })
  @Field(() => GraphQLDateTime, { description: 'When the key was created.' })
  createdAt!: Date;
}
