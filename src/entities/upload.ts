import type { Rel } from '@mikro-orm/core';
import { Entity, Enum, Index, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Bucket } from './bucket.js';
import { StorageClass, UploadState } from './enums.js';
import { SafeBigInt } from './safe-bigint.js';
import { User } from './user.js';

/** A multipart upload, with what its object will be. */
@Entity({ tableName: 'upload' })
@Index({ name: 'upload_open_index', properties: ['bucket', 'key', 'id'], where: "state = 'OPEN'" })
@Index({ name: 'upload_ended_at_index', properties: ['endedAt'], where: "state <> 'OPEN'" })
export class Upload {
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @ManyToOne(() => Bucket, { index: true })
  bucket!: Rel<Bucket>;

  @Property({ type: 'text', collation: 'C' })
  key!: string;

  @Enum({ items: () => UploadState, type: 'text', default: UploadState.OPEN })
  state!: UploadState;

  @ManyToOne(() => User, { nullable: true, deleteRule: 'no action' })
  owner!: Rel<User> | null;

  @Property({ type: 'text' })
  contentType!: string;

  @Property({ type: 'jsonb', defaultRaw: "'{}'" })
  headers!: Record<string, string>;

  @Property({ type: 'jsonb', defaultRaw: "'{}'" })
  metadata!: Record<string, string>;

  @Property({ type: 'jsonb', defaultRaw: "'{}'" })
  tags!: Record<string, string>;

  @Property({ type: 'text', default: StorageClass.STANDARD })
  storageClass!: StorageClass;

  @Property({ type: 'text', nullable: true })
  checksumAlgorithm!: string | null;

  @Property({ type: 'text', nullable: true })
  checksumType!: string | null;

  @Property({ type: 'jsonb', nullable: true })
  encryption!: object | null;

  /** Who has been granted what; null for the owner alone. */
  @Property({ type: 'jsonb', nullable: true })
  acl!: object | null;

  @Property({ type: 'jsonb', nullable: true })
  objectLock!: object | null;

  /** Of the whole object, in bytes, when it was announced. */
  @Property({ type: SafeBigInt, nullable: true })
  size!: number | null;

  /** How large each part but the last is to be, where part URLs are made. */
  @Property({ type: SafeBigInt, nullable: true })
  partSize!: number | null;

  /** Of the whole object, when it was announced. */
  @Property({ type: 'bytea', nullable: true })
  sha256!: Buffer | null;

  /** What must hold of the key when the upload is completed. */
  @Property({ type: 'jsonb', nullable: true })
  conditions!: object | null;

  /** Of an upload that was begun by tus. */
  @Property({ type: 'jsonb', nullable: true })
  tus!: object | null;

  /** The version that completing made. No foreign key: the upload's row may outlive it. */
  @Property({ type: SafeBigInt, nullable: true })
  versionId!: number | null;

  @Property({ type: 'timestamptz', length: 6, defaultRaw: 'now()' })
  createdAt!: Date;

  @Property({ type: 'timestamptz', length: 6, nullable: true })
  endedAt!: Date | null;
}
