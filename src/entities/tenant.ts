import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { GraphQLDateTime } from 'graphql-scalars';
import { Field, ObjectType } from 'type-graphql';
import { Node } from './node.js';
import { SafeBigInt } from './safe-bigint.js';

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

  @Property({ type: 'timestamptz', length: 6, defaultRaw: 'now()' })
  @Field(() => GraphQLDateTime, { description: 'When the tenant was created.' })
  createdAt!: Date;
}
