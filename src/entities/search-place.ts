import { Check, Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { SafeBigInt } from './safe-bigint.js';

/** How far the entries of search are: the one row says up to which event, and where the walk over all objects is. */
@Entity({ tableName: 'search_place' })
export class SearchPlace {
  @PrimaryKey({ type: 'smallint', autoincrement: false })
  number!: number;

  @Property({ type: SafeBigInt })
  eventId!: number;

  /** A walk adds what is missing, then takes away what is too much. */
  @Property({ type: 'text' })
  @Check({ expression: `walk in ('OBJECTS', 'ENTRIES', 'DONE')` })
  walk!: 'OBJECTS' | 'ENTRIES' | 'DONE';

  @Property({ type: SafeBigInt, defaultRaw: '0' })
  walkBucketId!: number;

  @Property({ type: 'text', collation: 'C', default: '' })
  walkKey!: string;

  @Property({ type: 'timestamptz', length: 6, nullable: true })
  walkedAt!: Date | null;

  /** How often words were removed: processes remember which are there. */
  @Property({ type: SafeBigInt, defaultRaw: '0' })
  wordsForgotten!: number;
}
