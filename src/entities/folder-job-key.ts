import type { Rel } from '@mikro-orm/core';
import { PrimaryKeyProp } from '@mikro-orm/core';
import { Entity, ManyToOne, PrimaryKey } from '@mikro-orm/decorators/legacy';
import { FolderJob } from './folder-job.js';

/** One object that a job was begun with, until it has ended. */
@Entity({ tableName: 'folder_job_key' })
export class FolderJobKey {
  [PrimaryKeyProp]?: ['job', 'key'];

  @ManyToOne(() => FolderJob, { primary: true, deleteRule: 'cascade', updateRule: 'no action', index: false })
  job!: Rel<FolderJob>;

  @PrimaryKey({ type: 'text', collation: 'C' })
  key!: string;
}
