import type { Rel } from '@mikro-orm/core';
import { Entity, Enum, Index, ManyToOne, PrimaryKey, Property, Unique } from '@mikro-orm/decorators/legacy';
import { GraphQLDateTime } from 'graphql-scalars';
import { Field, ObjectType } from 'type-graphql';
import { UserOrigin } from './enums.js';
import { Node } from './node.js';
import { SafeBigInt } from './safe-bigint.js';
import { Tenant } from './tenant.js';

/** Users of one tenant that share policies. */
@Entity({ tableName: 'user_group' })
@Index({
  name: 'user_group_tenant_id_lower_name_index',
  expression: 'create index user_group_tenant_id_lower_name_index on user_group (tenant_id, lower(name))',
})
@Unique({ name: 'user_group_tenant_id_name_unique', properties: ['tenant', 'name'] })
@ObjectType('Group', { implements: Node, description: 'Users of one tenant that share policies.' })
export class UserGroup {
  @PrimaryKey({ type: SafeBigInt, generated: 'by default as identity' })
  id!: number;

  @ManyToOne(() => Tenant)
  tenant!: Rel<Tenant>;

  @Property({ type: 'text', collation: 'C' })
  @Field(() => String, { description: 'The name, unique in the tenant.' })
  name!: string;

  @Property({ type: 'text', default: '' })
  @Field(() => String, { description: 'What the group is for, in the words of who made it.' })
  description!: string;

  @Property({ type: 'text', default: '/' })
  @Field(() => String, {
    description: 'Where in the tenant the group belongs, as its ARN says it: "/" or "/division/".',
  })
  path!: string;

  @Enum({ items: () => UserOrigin, type: 'text', default: 'LOCAL' })
  @Field(() => UserOrigin, { description: 'Who made the group: people here, or a directory that is followed.' })
  source!: UserOrigin;

  @Property({ type: 'timestamptz', length: 6, defaultRaw: 'now()' })
  @Field(() => GraphQLDateTime, { description: 'When the group was created.' })
  createdAt!: Date;
}
