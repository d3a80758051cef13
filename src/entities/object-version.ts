import type { Rel } from '@mikro-orm/core';
import { Entity, Index, ManyToOne, PrimaryKey, Property, Unique } from '@mikro-orm/decorators/legacy';
import { GraphQLDateTime, GraphQLSafeInt } from 'graphql-scalars';
import { Field, ObjectType } from 'type-graphql';
import { Blob } from './blob.js';
import { Bucket } from './bucket.js';
import { StorageClass, VersionState } from './enums.js';
import { Node } from './node.js';
import { SafeBigInt } from './safe-bigint.js';
import { User } from './user.js';

/** The whole statement, for the ORM's comparison takes the `id` of `bucket_id` for the descending column. */
function newestFirst(name: string, state: VersionState): string {
  return `create index ${name} on object_version (bucket_id, key, id desc) where state = '${state}'`;
}

/** One version of a key in a bucket: content, or a delete marker. Committed content never changes. */
@Entity({ tableName: 'object_version' })
@Unique({
  name: 'object_version_visible_unique',
  properties: ['bucket', 'key'],
  where: 'is_latest and not delete_marker',
})
@Index({
  name: 'object_version_history_index',
  expression: newestFirst('object_version_history_index', VersionState.COMMITTED),
})
@Index({ name: 'object_version_blob_id_index', properties: ['blob'], where: 'blob_id is not null' })
@Index({
  name: 'object_version_trash_index',
  expression: newestFirst('object_version_trash_index', VersionState.DELETING),
})
@Index({ name: 'object_version_purge_after_index', properties: ['purgeAfter'], where: "state = 'DELETING'" })
@Index({
  name: 'object_version_undigested_index',
  properties: ['id'],
  where: "sha256 is null and part_count > 0 and state = 'COMMITTED'",
})
@Index({
  name: 'object_version_marker_index',
  properties: ['bucket', 'key'],
  where: 'is_latest and delete_marker',
})
@Index({ name: 'object_version_tombstone_index', properties: ['deletedAt'], where: "state = 'DELETED'" })
@ObjectType('StoredObject', {
  implements: Node,
  description: 'One version of an object: a key, its bytes and what is known of them.',
})
export class ObjectVersion {
  @PrimaryKey({ type: SafeBigInt, generated: 'by default as identity' })
  id!: number;

  /** Without a foreign key, as the owner: checking one would lock the same row in every write. */
  @ManyToOne(() => Bucket, { createForeignKeyConstraint: false })
  bucket!: Rel<Bucket>;

  @Property({ type: 'text', collation: 'C' })
  @Field(() => String, { description: 'The key, unique among the current objects of the bucket.' })
  key!: string;

  @Property({ type: 'text', default: VersionState.COMMITTED })
  state!: VersionState;

  @Property({ type: 'boolean' })
  @Field(() => Boolean, { description: 'True for the version that a read without a version id gets.' })
  isLatest!: boolean;

  /** True for the version without an id of its own, which clients address as `null`. */
  @Property({ type: 'boolean' })
  isNull!: boolean;

  @Property({ type: 'boolean', default: false })
  @Field(() => Boolean, { description: 'True when this version says that the object was deleted; it has no bytes.' })
  deleteMarker!: boolean;

  @ManyToOne(() => Blob, { nullable: true, joinColumn: 'blob_id', targetKey: 'liveId', deleteRule: 'no action' })
  blob!: Rel<Blob> | null;

  @Property({ type: SafeBigInt, defaultRaw: '0' })
  @Field(() => GraphQLSafeInt, { description: 'The number of bytes.' })
  size!: number;

  @Property({ type: SafeBigInt, defaultRaw: '0' })
  @Field(() => GraphQLSafeInt, {
    description: 'The number of bytes that are kept for it: more than `size` by the seal, less by compression.',
  })
  storedSize!: number;

  @Property({ type: 'text', default: '' })
  @Field(() => String, { description: 'The entity tag, without quotes.' })
  etag!: string;

  /** Of the whole content; null while it is not known for an object put together from parts. */
  @Property({ type: 'bytea', nullable: true })
  sha256!: Buffer | null;

  @Property({ type: 'text', default: 'binary/octet-stream' })
  @Field(() => String, { description: 'The media type that the writer declared.' })
  contentType!: string;

  @Property({ type: 'jsonb', defaultRaw: "'{}'" })
  headers!: Record<string, string>;

  @Property({ type: 'jsonb', defaultRaw: "'{}'" })
  metadata!: Record<string, string>;

  @Property({ type: 'jsonb', defaultRaw: "'{}'" })
  tags!: Record<string, string>;

  @Property({ type: 'jsonb', nullable: true })
  checksum!: object | null;

  @Property({ type: 'integer', defaultRaw: '0' })
  partCount!: number;

  @Property({ type: 'text', default: StorageClass.STANDARD })
  @Field(() => StorageClass, { description: 'How the object is stored.' })
  storageClass!: StorageClass;

  /** By which kind of key the bytes are sealed, as S3 names it; null for what was written in the clear. */
  @Property({ type: 'jsonb', nullable: true })
  encryption!: object | null;

  @Property({ type: 'text', nullable: true })
  lockMode!: string | null;

  @Property({ type: 'timestamptz', length: 6, nullable: true })
  retainUntil!: Date | null;

  @Property({ type: 'boolean', default: false })
  legalHold!: boolean;

  /** Whether a hold was ever placed or lifted: where not, S3 says that there is none to speak of. */
  @Property({ type: 'boolean', default: false })
  holdDecided!: boolean;

  /** PENDING, COMPLETED, FAILED or REPLICA, as S3 has it; null for what no rule replicates. */
  @Property({ type: 'text', nullable: true })
  replicationStatus!: string | null;

  /** Who has been granted what; null for the owner alone. */
  @Property({ type: 'jsonb', nullable: true })
  acl!: object | null;

  @ManyToOne(() => User, { nullable: true, createForeignKeyConstraint: false })
  owner!: Rel<User> | null;

  @Property({ type: 'timestamptz', length: 6, defaultRaw: 'clock_timestamp()' })
  @Field(() => GraphQLDateTime, { description: 'When this version was written.' })
  createdAt!: Date;

  @Property({ type: 'timestamptz', length: 6, nullable: true })
  deletedAt!: Date | null;

  /** Who deleted or overwrote it; null for background work. */
  @Property({ type: SafeBigInt, nullable: true })
  deletedBy!: number | null;

  @Property({ type: 'timestamptz', length: 6, nullable: true })
  purgeAfter!: Date | null;
}
