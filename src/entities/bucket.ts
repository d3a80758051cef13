import type { Rel } from '@mikro-orm/core';
import { Check, Entity, Enum, Index, ManyToOne, PrimaryKey, Property, Unique } from '@mikro-orm/decorators/legacy';
import { GraphQLDateTime } from 'graphql-scalars';
import { Field, Int, ObjectType } from 'type-graphql';
import { BucketCompression, BucketVersioning } from './enums.js';
import { Node } from './node.js';
import { SafeBigInt } from './safe-bigint.js';
import { Tenant } from './tenant.js';
import { User } from './user.js';

/** A named container of objects. A deleted bucket's row stays until its versions are gone; its name is free at once. */
@Entity({ tableName: 'bucket' })
@Unique({ name: 'bucket_tenant_id_name_unique', properties: ['tenant', 'name'], where: 'deleted_at is null' })
@Index({
  name: 'bucket_notifications_index',
  expression: `create index bucket_notifications_index on bucket (tenant_id) where ((configuration -> 'notifications'::text) is not null)`,
})
@ObjectType('Bucket', { implements: Node, description: 'A named container of objects, unique within its tenant.' })
export class Bucket {
  @PrimaryKey({ type: SafeBigInt, generated: 'by default as identity' })
  id!: number;

  @ManyToOne(() => Tenant)
  tenant!: Rel<Tenant>;

  @Property({ type: 'text' })
  @Field(() => String, { description: 'The name, by the naming rules of S3.' })
  name!: string;

  @ManyToOne(() => User, { index: true })
  owner!: Rel<User>;

  @Property({ type: 'text', default: '' })
  @Field(() => String, { description: 'The region that was named when the bucket was created; may be empty.' })
  region!: string;

  @Enum({ items: () => BucketVersioning, type: 'text', default: BucketVersioning.UNVERSIONED })
  @Field(() => BucketVersioning, { description: 'Whether writes and deletes keep the versions before them.' })
  versioning!: BucketVersioning;

  /** The document as it was written, letter by letter. */
  @Property({ columnType: 'json', type: 'json', nullable: true })
  policy!: object | null;

  @Property({ type: 'integer', defaultRaw: '0' })
  @Check({ expression: 'trash_seconds >= 0' })
  @Field(() => Int, { description: 'For how many seconds a deleted version can be restored; 0 for not at all.' })
  trashSeconds!: number;

  @Enum({ items: () => BucketCompression, type: 'text', default: BucketCompression.AUTO })
  @Field(() => BucketCompression, { description: 'Which content is compressed before it is stored.' })
  compression!: BucketCompression;

  /** The encryption of objects whose writer asks for none, as S3 has it; null for the server's. */
  @Property({ type: 'jsonb', nullable: true })
  encryption!: object | null;

  /** Which objects go to another store than their class has. */
  @Property({ type: 'jsonb', defaultRaw: "'[]'" })
  placement!: object[];

  @Property({ type: 'jsonb', nullable: true })
  objectLock!: object | null;

  @Property({ type: 'jsonb', defaultRaw: "'[]'" })
  lifecycle!: object[];

  @Property({ type: 'jsonb', defaultRaw: "'[]'" })
  replication!: object[];

  /** What S3 lets one configure, where it has no column of its own: see bucket-configuration.ts. */
  @Property({ type: 'jsonb', defaultRaw: "'{}'" })
  configuration!: object;

  /** The most that the bucket may hold: `bytes`, `objects`; null for any amount. */
  @Property({ type: 'jsonb', nullable: true })
  quota!: object | null;

  /** Grows with every change of the row, so that caches can tell old from new. */
  @Property({ type: SafeBigInt, defaultRaw: '1' })
  revision!: number;

  @Property({ type: 'timestamptz', length: 6, defaultRaw: 'now()' })
  @Field(() => GraphQLDateTime, { description: 'When the bucket was created.' })
  createdAt!: Date;

  @Property({ type: 'timestamptz', length: 6, nullable: true })
  deletedAt!: Date | null;
}
