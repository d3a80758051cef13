import { PrimaryKeyProp } from '@mikro-orm/core';
import { Entity, Index, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { SafeBigInt } from './safe-bigint.js';

/** How often somebody asked in one window of time, all processes together. */
@Entity({ tableName: 'rate_limit' })
@Index({ name: 'rate_limit_expires_at_index', properties: ['expiresAt'] })
export class RateLimit {
  [PrimaryKeyProp]?: ['subject', 'windowStart'];

  @PrimaryKey({ type: 'text' })
  subject!: string;

  /** In milliseconds since 1970. */
  @PrimaryKey({ type: SafeBigInt })
  windowStart!: number;

  @Property({ type: SafeBigInt })
  hits!: number;

  @Property({ type: 'timestamptz', length: 6 })
  expiresAt!: Date;
}
