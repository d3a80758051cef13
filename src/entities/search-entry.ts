import { PrimaryKeyProp } from '@mikro-orm/core';
import { Entity, Index, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { SafeBigInt } from './safe-bigint.js';

/** What search knows of a current object. It follows the object a moment later; the object's own row is the truth. */
@Entity({ tableName: 'search_entry' })
@Index({
  name: 'search_entry_found_index',
  expression: 'create index search_entry_found_index on search_entry using gin (words, marks)',
})
@Index({ name: 'search_entry_key_index', properties: ['tenantId', 'key', 'versionId'] })
@Index({ name: 'search_entry_size_index', properties: ['tenantId', 'size', 'versionId'] })
@Index({ name: 'search_entry_created_at_index', properties: ['tenantId', 'createdAt', 'versionId'] })
export class SearchEntry {
  [PrimaryKeyProp]?: ['bucketId', 'key'];

  @PrimaryKey({ type: SafeBigInt })
  bucketId!: number;

  @PrimaryKey({ type: 'text', collation: 'C' })
  key!: string;

  @Property({ type: SafeBigInt })
  tenantId!: number;

  @Property({ type: SafeBigInt })
  versionId!: number;

  /** The key without case and accents; null where that is the key. */
  @Property({ type: 'text', collation: 'C', nullable: true })
  folded!: string | null;

  @Property({ type: SafeBigInt })
  size!: number;

  @Property({ type: 'timestamptz', length: 6 })
  createdAt!: Date;

  /** The first half of the content type. */
  @Property({ type: 'text' })
  kind!: string;

  @Property({ columnType: 'tsvector', type: 'string' })
  words!: string;

  /** Hashes of everything that can be asked for exactly: tags, metadata, pieces of the key. */
  @Property({ columnType: 'bigint[]', type: 'string' })
  marks!: string;
}
