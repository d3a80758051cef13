import type { Rel } from '@mikro-orm/core';
import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { GraphQLDateTime, GraphQLJSON } from 'graphql-scalars';
import { Field, ObjectType } from 'type-graphql';
import { Node } from './node.js';
import { User } from './user.js';

/** An S3 credential pair. The secret is sealed with the master key, for signatures need it in the clear. */
@Entity({ tableName: 'access_key' })
@ObjectType('AccessKey', { implements: Node, description: 'An S3 credential pair with the rights of its user.' })
export class AccessKey {
  @PrimaryKey({ type: 'text', fieldName: 'id' })
  @Field(() => String, { description: 'The public half, sent with every signed request.' })
  accessKeyId!: string;

  @ManyToOne(() => User, { deleteRule: 'cascade', index: true })
  user!: Rel<User>;

  @Property({ type: 'bytea', lazy: true, hidden: true })
  secretSealed!: Buffer;

  @Property({ type: 'text', default: '' })
  @Field(() => String, { description: 'What the key is for, in the words of who made it.' })
  description!: string;

  @Property({ type: 'timestamptz', length: 6, nullable: true })
  @Field(() => GraphQLDateTime, { nullable: true, description: 'When the key stops working; null for never.' })
  expiresAt!: Date | null;

  /** A document that must allow as well whatever is asked for with the key. */
  @Property({ type: 'jsonb', nullable: true })
  @Field(() => GraphQLJSON, {
    nullable: true,
    description: 'What the key is narrowed to: with it, nothing is allowed that this policy does not allow too.',
  })
  sessionPolicy!: object | null;

  /** The documents that narrowed whoever made the key, each of which must allow too. */
  @Property({ type: 'jsonb', default: '[]' })
  inheritedPolicies!: object[];

  @Property({ type: 'boolean', default: false })
  @Field(() => Boolean, { description: 'True when the key is out of use.' })
  disabled!: boolean;

  @Property({ type: 'timestamptz', length: 6, nullable: true })
  @Field(() => GraphQLDateTime, { nullable: true, description: 'When the key was last used, to about a minute.' })
  lastUsedAt!: Date | null;

  @Property({ type: 'timestamptz', length: 6, defaultRaw: 'now()' })
  @Field(() => GraphQLDateTime, { description: 'When the key was created.' })
  createdAt!: Date;
}
