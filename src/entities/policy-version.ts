import type { Rel } from '@mikro-orm/core';
import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { ManagedPolicy } from './managed-policy.js';

/** What a policy says or said: one of its versions counts. */
@Entity({ tableName: 'policy_version' })
export class PolicyVersion {
  @ManyToOne(() => ManagedPolicy, { primary: true, deleteRule: 'cascade' })
  policy!: Rel<ManagedPolicy>;

  @PrimaryKey({ type: 'integer' })
  number!: number;

  @Property({ columnType: 'json', type: 'json' })
  document!: object;

  @Property({ type: 'timestamptz', length: 6, defaultRaw: 'now()' })
  createdAt!: Date;
}
