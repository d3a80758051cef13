import type { Rel } from '@mikro-orm/core';
import { Entity, ManyToOne, PrimaryKey, Property, Unique } from '@mikro-orm/decorators/legacy';
import { GraphQLDateTime } from 'graphql-scalars';
import { Field, ObjectType } from 'type-graphql';
import { Node } from './node.js';
import { Tenant } from './tenant.js';

/** A named key of a tenant's key ring, for SSE-KMS. The key itself is sealed with the master key. */
@Entity({ tableName: 'encryption_key' })
@Unique({ name: 'encryption_key_tenant_id_name_unique', properties: ['tenant', 'name'] })
@ObjectType('EncryptionKey', {
  implements: Node,
  description: 'A named key of the tenant, which seals the data keys of objects that ask for it (SSE-KMS).',
})
export class EncryptionKey {
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @ManyToOne(() => Tenant)
  tenant!: Rel<Tenant>;

  @Property({ type: 'text' })
  @Field(() => String, { description: 'The name, unique within the tenant.' })
  name!: string;

  @Property({ type: 'text', default: '' })
  @Field(() => String, { description: 'What the key is for, in the words of who made it.' })
  description!: string;

  @Property({ type: 'bytea', lazy: true, hidden: true })
  keySealed!: Buffer;

  @Property({ type: 'boolean', default: true })
  @Field(() => Boolean, { description: 'False while nothing may be sealed or opened with the key.' })
  enabled!: boolean;

  @Property({ type: 'timestamptz', length: 6, defaultRaw: 'now()' })
  @Field(() => GraphQLDateTime, { description: 'When the key was created.' })
  createdAt!: Date;
}
