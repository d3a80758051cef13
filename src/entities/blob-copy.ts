import { PrimaryKeyProp, type Rel } from '@mikro-orm/core';
import { Entity, Enum, Index, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Blob } from './blob.js';
import { CopyState } from './enums.js';

/** The same stored bytes in one more store, to repair a blob from. */
@Entity({ tableName: 'blob_copy' })
@Index({ name: 'blob_copy_next_at_index', properties: ['nextAt'], where: "state <> 'PLACED'" })
export class BlobCopy {
  [PrimaryKeyProp]?: ['blob', 'store'];

  @ManyToOne(() => Blob, { primary: true, joinColumn: 'blob_id', referenceColumnName: 'id', deleteRule: 'no action' })
  blob!: Rel<Blob>;

  @PrimaryKey({ type: 'text' })
  store!: string;

  @Enum({ items: () => CopyState, type: 'text', default: CopyState.WANTED })
  state!: CopyState;

  /** Known before the first byte is written there. */
  @Property({ type: 'text', nullable: true, unique: true })
  path!: string | null;

  @Property({ type: 'integer', defaultRaw: '0' })
  attempts!: number;

  @Property({ type: 'timestamptz', length: 6, defaultRaw: 'now()' })
  nextAt!: Date;

  @Property({ type: 'timestamptz', length: 6, defaultRaw: 'now()' })
  createdAt!: Date;
}
