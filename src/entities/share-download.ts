import { PrimaryKeyProp, type Rel } from '@mikro-orm/core';
import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { SafeBigInt } from './safe-bigint.js';
import { ShareLink } from './share-link.js';

/** How much a visitor may still ask for, by ranges, of what was counted as a download. */
@Entity({ tableName: 'share_download' })
export class ShareDownload {
  [PrimaryKeyProp]?: ['link', 'versionId', 'network'];

  @ManyToOne(() => ShareLink, { primary: true, deleteRule: 'cascade' })
  link!: Rel<ShareLink>;

  /** The row of the version: what is newest may be another one meanwhile. */
  @PrimaryKey({ type: SafeBigInt })
  versionId!: number;

  @PrimaryKey({ type: 'text' })
  network!: string;

  @Property({ type: SafeBigInt })
  bytesLeft!: number;

  @Property({ type: 'timestamptz', length: 6, index: true })
  expiresAt!: Date;
}
