import type { Rel } from '@mikro-orm/core';
import { Entity, Index, ManyToOne, PrimaryKey, Property } from '@mikro-orm/decorators/legacy';
import { FolderJob } from './folder-job.js';
import { SafeBigInt } from './safe-bigint.js';

/** One object that a job could do nothing with. */
@Entity({ tableName: 'folder_job_error' })
@Index({ name: 'folder_job_error_job_id_index', properties: ['job', 'id'] })
export class FolderJobError {
  @PrimaryKey({ type: SafeBigInt, generated: 'by default as identity' })
  id!: number;

  @ManyToOne(() => FolderJob, { deleteRule: 'cascade', updateRule: 'no action', index: false })
  job!: Rel<FolderJob>;

  @Property({ type: 'text', collation: 'C' })
  key!: string;

  @Property({ type: 'text', nullable: true })
  version!: string | null;

  /** A kind of `GranaryError`. */
  @Property({ type: 'text' })
  kind!: string;

  @Property({ type: 'text' })
  message!: string;

  @Property({ type: 'timestamptz', length: 6, defaultRaw: 'now()' })
  at!: Date;
}
