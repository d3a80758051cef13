import { PrimaryKeyProp, type Rel } from '@mikro-orm/core';
import { Entity, Enum, Index, ManyToOne, Property } from '@mikro-orm/decorators/legacy';
import { ReplicationState } from './enums.js';
import { ObjectVersion } from './object-version.js';
import { ReplicationTarget } from './replication-target.js';

/** One version on its way to one target. */
@Entity({ tableName: 'replication_task' })
@Index({ name: 'replication_task_next_at_index', properties: ['nextAt'], where: "state = 'PENDING'" })
@Index({ name: 'replication_task_target_id_index', properties: ['target', 'state'] })
export class ReplicationTask {
  [PrimaryKeyProp]?: ['version', 'target'];

  @ManyToOne(() => ObjectVersion, { primary: true, deleteRule: 'cascade', updateRule: 'no action' })
  version!: Rel<ObjectVersion>;

  @ManyToOne(() => ReplicationTarget, { primary: true, deleteRule: 'cascade', updateRule: 'no action' })
  target!: Rel<ReplicationTarget>;

  @Enum({ items: () => ReplicationState, type: 'text', default: ReplicationState.PENDING })
  state!: ReplicationState;

  @Property({ type: 'integer', defaultRaw: '0' })
  attempts!: number;

  @Property({ type: 'timestamptz', length: 6, defaultRaw: 'now()' })
  nextAt!: Date;

  @Property({ type: 'text', nullable: true })
  error!: string | null;

  @Property({ type: 'text', nullable: true })
  remoteVersionId!: string | null;

  @Property({ type: 'timestamptz', length: 6, defaultRaw: 'now()' })
  updatedAt!: Date;
}
