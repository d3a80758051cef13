import type { Rel } from '@mikro-orm/core';
import { PrimaryKeyProp } from '@mikro-orm/core';
import { Entity, Index, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Tenant } from './tenant.js';

/** A word that objects of a tenant have, or had: search takes one that was typed wrong for such words. */
@Entity({ tableName: 'search_word' })
@Index({ name: 'search_word_backwards_index', properties: ['tenant', 'backwards'] })
export class SearchWord {
  [PrimaryKeyProp]?: ['tenant', 'word'];

  @ManyToOne(() => Tenant, { primary: true, deleteRule: 'cascade', updateRule: 'no action' })
  tenant!: Rel<Tenant>;

  @PrimaryKey({ type: 'text', collation: 'C' })
  word!: string;

  /** Its letters from the last to the first, to find words by their ends. */
  @Property({ type: 'text', collation: 'C' })
  backwards!: string;
}
