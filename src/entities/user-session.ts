import type { Rel } from '@mikro-orm/core';
import { Entity, Enum, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { GraphQLDateTime } from 'graphql-scalars';
import { Field, ObjectType } from 'type-graphql';
import { SignInMethod } from './enums.js';
import { User } from './user.js';

/** What one sign-in began: its refresh tokens are the family of this id, and its access tokens name it. */
@Entity({ tableName: 'user_session' })
@ObjectType('UserSession', { description: 'What one sign-in began, on one device.' })
export class UserSession {
  @PrimaryKey({ type: 'uuid' })
  @Field(() => String, { description: 'The id, for `revokeSession`.' })
  id!: string;

  @ManyToOne(() => User, { deleteRule: 'cascade', index: true })
  user!: Rel<User>;

  @Enum({ items: () => SignInMethod, type: 'text' })
  @Field(() => SignInMethod, { description: 'How the user signed in.' })
  method!: SignInMethod;

  @Property({ type: 'text', nullable: true })
  @Field(() => String, { nullable: true, description: 'What the program said of itself that signed in.' })
  userAgent!: string | null;

  @Property({ type: 'text', nullable: true })
  @Field(() => String, { nullable: true, description: 'The address that the session was last used from.' })
  sourceIp!: string | null;

  @Property({ type: 'timestamptz', length: 6, defaultRaw: 'now()' })
  @Field(() => GraphQLDateTime, { description: 'When the user signed in.' })
  createdAt!: Date;

  @Property({ type: 'timestamptz', length: 6, defaultRaw: 'now()' })
  @Field(() => GraphQLDateTime, { description: 'When the session was last renewed.' })
  lastUsedAt!: Date;

  @Property({ type: 'timestamptz', length: 6, index: true })
  @Field(() => GraphQLDateTime, { description: 'When the session ends unless it is renewed.' })
  expiresAt!: Date;
}
