import type { Rel } from '@mikro-orm/core';
import { Entity, OneToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { SafeBigInt } from './safe-bigint.js';
import { User } from './user.js';

/** A user's secret for time-based codes (RFC 6238). It counts once the user has shown a code. */
@Entity({ tableName: 'second_factor' })
export class SecondFactor {
  @PrimaryKey({ type: 'uuid' })
  id!: string;

  @OneToOne(() => User, { deleteRule: 'cascade' })
  user!: Rel<User>;

  @Property({ type: 'bytea', lazy: true, hidden: true })
  secretSealed!: Buffer;

  @Property({ type: 'timestamptz', length: 6, nullable: true })
  confirmedAt!: Date | null;

  /** The time step of the last code that was taken: no code is good twice. */
  @Property({ type: SafeBigInt, defaultRaw: '0' })
  lastStep!: number;

  @Property({ type: 'timestamptz', length: 6, defaultRaw: 'now()' })
  createdAt!: Date;
}
