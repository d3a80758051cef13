import { PrimaryKeyProp, type Rel } from '@mikro-orm/core';
import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Bucket } from './bucket.js';
import { SafeBigInt } from './safe-bigint.js';

/** What the current objects below a path come to, as of {@link FolderPosition}; no row where there are none. */
@Entity({ tableName: 'folder_total' })
export class FolderTotal {
  [PrimaryKeyProp]?: ['bucket', 'path'];

  @ManyToOne(() => Bucket, { primary: true, deleteRule: 'cascade', updateRule: 'no action' })
  bucket!: Rel<Bucket>;

  /** Empty, or with a slash at the end. */
  @PrimaryKey({ type: 'text', collation: 'C' })
  path!: string;

  @Property({ type: SafeBigInt })
  objects!: number;

  @Property({ type: SafeBigInt })
  bytes!: number;

  @Property({ type: 'timestamptz', length: 6 })
  changedAt!: Date;
}
