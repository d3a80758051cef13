import { PrimaryKeyProp, type Rel } from '@mikro-orm/core';
import { Check, Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Blob } from './blob.js';
import { SafeBigInt } from './safe-bigint.js';
import { Upload } from './upload.js';

/** One part of an upload in progress. */
@Entity({ tableName: 'upload_part' })
export class UploadPart {
  [PrimaryKeyProp]?: ['upload', 'partNumber'];

  @ManyToOne(() => Upload, { primary: true, deleteRule: 'cascade' })
  upload!: Rel<Upload>;

  @PrimaryKey({ type: 'integer' })
  @Check({ expression: 'part_number >= 1 and part_number <= 10000' })
  partNumber!: number;

  @ManyToOne(() => Blob, { joinColumn: 'blob_id', targetKey: 'liveId', index: true })
  blob!: Rel<Blob>;

  @Property({ type: SafeBigInt })
  size!: number;

  @Property({ type: SafeBigInt, defaultRaw: '0' })
  storedSize!: number;

  @Property({ type: 'text' })
  etag!: string;

  @Property({ type: 'text', nullable: true })
  checksum!: string | null;

  @Property({ type: 'timestamptz', length: 6, defaultRaw: 'clock_timestamp()' })
  createdAt!: Date;
}
