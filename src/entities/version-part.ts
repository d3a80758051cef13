import { PrimaryKeyProp, type Rel } from '@mikro-orm/core';
import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Blob } from './blob.js';
import { ObjectVersion } from './object-version.js';
import { SafeBigInt } from './safe-bigint.js';

/** One blob in the list that makes up a multipart object. */
@Entity({ tableName: 'version_part' })
export class VersionPart {
  [PrimaryKeyProp]?: ['version', 'partNumber'];

  @ManyToOne(() => ObjectVersion, { primary: true, deleteRule: 'cascade' })
  version!: Rel<ObjectVersion>;

  @PrimaryKey({ type: 'integer' })
  partNumber!: number;

  @ManyToOne(() => Blob, { joinColumn: 'blob_id', targetKey: 'liveId', index: true })
  blob!: Rel<Blob>;

  /** Where the part begins in the whole object. */
  @Property({ type: SafeBigInt })
  startAt!: number;

  @Property({ type: SafeBigInt })
  size!: number;

  @Property({ type: 'text' })
  etag!: string;

  @Property({ type: 'text', nullable: true })
  checksum!: string | null;
}
