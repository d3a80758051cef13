import { Entity, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';

/** The secret that signs the batches of {@link AuditBatch}. It never changes: a rotation of the master key seals it anew. */
@Entity({ tableName: 'audit_key' })
export class AuditKey {
  @PrimaryKey({ type: 'uuid', defaultRaw: 'gen_random_uuid()' })
  id!: string;

  @Property({ type: 'blob', lazy: true })
  secretSealed!: Buffer;

  @Property({ type: 'timestamptz', length: 6, defaultRaw: 'now()' })
  createdAt!: Date;
}
