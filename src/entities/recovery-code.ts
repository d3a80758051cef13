import type { Rel } from '@mikro-orm/core';
import { Entity, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { User } from './user.js';

/** Stands in for a time-based code once, for whoever has lost the device. */
@Entity({ tableName: 'recovery_code' })
export class RecoveryCode {
  /** SHA-256 of the code, which is random enough for it. */
  @PrimaryKey({ type: 'bytea' })
  digest!: Buffer;

  @ManyToOne(() => User, { deleteRule: 'cascade', index: true })
  user!: Rel<User>;

  @Property({ type: 'timestamptz', length: 6, nullable: true })
  usedAt!: Date | null;
}
