import type { Rel } from '@mikro-orm/core';
import { Entity, Enum, Index, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { GraphQLDateTime } from 'graphql-scalars';
import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Bucket } from './bucket.js';
import { Node } from './node.js';
import { SafeBigInt } from './safe-bigint.js';
import { Tenant } from './tenant.js';
import { User } from './user.js';

/** What a share link leads to. */
export enum ShareKind {
  OBJECT = 'OBJECT',
  FOLDER = 'FOLDER',
}

registerEnumType(ShareKind, {
  name: 'ShareKind',
  description: 'What a share link leads to.',
  valuesConfig: {
    OBJECT: { description: 'One object.' },
    FOLDER: { description: 'All objects below a folder, to browse, and to download one by one or as a zip.' },
  },
});

/** Lets whoever has its token see and download one object or folder, with the rights of who made it. */
@Entity({ tableName: 'share_link' })
@Index({ name: 'share_link_tenant_id_id_index', properties: ['tenant', 'id'] })
@Index({ name: 'share_link_bucket_id_id_index', properties: ['bucket', 'id'] })
@Index({ name: 'share_link_bucket_id_path_id_index', properties: ['bucket', 'path', 'id'] })
@Index({ name: 'share_link_user_id_id_index', properties: ['user', 'id'] })
@ObjectType('ShareLink', {
  implements: Node,
  description:
    'Lets whoever has its address see and download one object or folder, without signing in and with the rights of who made it.',
})
export class ShareLink {
  @PrimaryKey({ type: SafeBigInt, generated: 'by default as identity' })
  id!: number;

  @ManyToOne(() => Tenant, { deleteRule: 'cascade' })
  tenant!: Rel<Tenant>;

  @ManyToOne(() => Bucket, { deleteRule: 'cascade' })
  bucket!: Rel<Bucket>;

  @ManyToOne(() => User, { deleteRule: 'cascade' })
  user!: Rel<User>;

  /** SHA-256 of the token, which is random enough for it. */
  @Property({ type: 'bytea', unique: true, lazy: true, hidden: true })
  digest!: Buffer;

  @Enum({ items: () => ShareKind, type: 'text' })
  @Field(() => ShareKind, { description: 'What the link leads to.' })
  kind!: ShareKind;

  /** The key of the object, or what the keys in the folder begin with. */
  @Property({ type: 'text', collation: 'C' })
  path!: string;

  @Property({ type: 'text', nullable: true })
  @Field(() => String, {
    nullable: true,
    description: 'The version that the link is fixed to; null when it leads to what is newest.',
  })
  versionId!: string | null;

  @Property({ type: 'text', default: '' })
  @Field(() => String, { description: 'What the link is for, in the words of who made it. Visitors do not see it.' })
  description!: string;

  @Property({ type: 'text', nullable: true, hidden: true })
  passwordHash!: string | null;

  /** What its maker was narrowed to, and the link therefore too. */
  @Property({ type: 'jsonb', defaultRaw: "'[]'" })
  inheritedPolicies!: object[];

  @Property({ type: 'integer', nullable: true })
  @Field(() => Int, { nullable: true, description: 'How often it may be used to download; null for any number.' })
  maxDownloads!: number | null;

  @Property({ type: 'integer', defaultRaw: '0' })
  @Field(() => Int, {
    description:
      'How many downloads there were: each object or zip that was asked for counts as one, also when it was broken off; what goes on with it by ranges is not counted again.',
  })
  downloads!: number;

  @Property({ type: 'timestamptz', length: 6, nullable: true })
  @Field(() => GraphQLDateTime, { nullable: true, description: 'When the link ends; null for never.' })
  expiresAt!: Date | null;

  @Property({ type: 'timestamptz', length: 6, defaultRaw: 'now()' })
  expirySetAt!: Date;

  @Property({ type: 'timestamptz', length: 6, nullable: true })
  @Field(() => GraphQLDateTime, { nullable: true, description: 'When the link was taken back; null while it was not.' })
  revokedAt!: Date | null;

  @Property({ type: 'timestamptz', length: 6, nullable: true })
  @Field(() => GraphQLDateTime, { nullable: true, description: 'When somebody last downloaded by it.' })
  lastUsedAt!: Date | null;

  @Property({ type: 'timestamptz', length: 6, defaultRaw: 'now()' })
  @Field(() => GraphQLDateTime, { description: 'When the link was made.' })
  createdAt!: Date;
}
