import type { Rel } from '@mikro-orm/core';
import { PrimaryKeyProp } from '@mikro-orm/core';
import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Bucket } from './bucket.js';
import { SafeBigInt } from './safe-bigint.js';

/** How many objects of a kind a bucket has, counted while they are indexed. */
@Entity({ tableName: 'search_fact' })
export class SearchFact {
  [PrimaryKeyProp]?: ['bucket', 'kind'];

  @ManyToOne(() => Bucket, { primary: true, deleteRule: 'cascade', updateRule: 'no action' })
  bucket!: Rel<Bucket>;

  @PrimaryKey({ type: 'text' })
  kind!: string;

  @Property({ type: SafeBigInt })
  objects!: number;

  @Property({ type: SafeBigInt })
  bytes!: number;
}
