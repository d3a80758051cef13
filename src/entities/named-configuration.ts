import { PrimaryKeyProp, type Rel } from '@mikro-orm/core';
import { Entity, Enum, Index, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { Bucket } from './bucket.js';

const kinds = ['INVENTORY', 'ANALYTICS', 'METRICS', 'INTELLIGENT_TIERING'] as const;

/** One of the configurations of a bucket that have ids. */
@Entity({ tableName: 'named_configuration' })
@Index({
  name: 'named_configuration_due_at_index',
  expression:
    'create index named_configuration_due_at_index on named_configuration (due_at) where (due_at is not null)',
})
export class NamedConfiguration {
  [PrimaryKeyProp]?: ['bucket', 'kind', 'id'];

  @ManyToOne(() => Bucket, { primary: true, deleteRule: 'cascade', updateRule: 'no action' })
  bucket!: Rel<Bucket>;

  @Enum({ items: () => [...kinds], type: 'text', primary: true })
  kind!: (typeof kinds)[number];

  @PrimaryKey({ type: 'text', collation: 'C' })
  id!: string;

  /** See named-configurations.ts. */
  @Property({ type: 'jsonb' })
  document!: object;

  /** When the next report is to be begun, or the one that was begun goes on. */
  @Property({ type: 'timestamptz', length: 6, nullable: true })
  dueAt!: Date | null;

  /** How far the report is that was begun. */
  @Property({ type: 'jsonb', nullable: true })
  run!: object | null;

  @Property({ type: 'timestamptz', length: 6, nullable: true })
  reportedAt!: Date | null;

  @Property({ type: 'text', nullable: true })
  manifestKey!: string | null;

  /** Why the last attempt came to nothing. */
  @Property({ type: 'text', nullable: true })
  problem!: string | null;
}
