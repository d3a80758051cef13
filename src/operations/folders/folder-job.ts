import type { Narrowing } from '../../auth/narrow-caller.js';
import type { ErrorKind } from '../../errors.js';

/** What is done with each object. */
export type JobVerb = 'COPY' | 'MOVE' | 'DELETE' | 'RESTORE' | 'TAG' | 'EMPTY_TRASH';

/** A verb, and of what: all that is in a folder, or objects that were named. */
export type SelectionJobKind = `${Exclude<JobVerb, 'EMPTY_TRASH'>}_SELECTION`;
export type FolderJobKind = `${Exclude<JobVerb, 'EMPTY_TRASH'>}_FOLDER` | SelectionJobKind | 'EMPTY_TRASH';

export function verbOf(kind: FolderJobKind): JobVerb {
  return kind.replace(/_(FOLDER|SELECTION)$/, '') as JobVerb;
}

export function isOfSelection(kind: FolderJobKind): kind is SelectionJobKind {
  return kind.endsWith('_SELECTION');
}

export type FolderJobState = 'QUEUED' | 'RUNNING' | 'COMPLETED' | 'CANCELLED' | 'FAILED';

/** What is done when there is an object already where another one is to be. */
export type ConflictPolicy = 'FAIL' | 'SKIP' | 'OVERWRITE';

export interface FolderJobOptions {
  /** Of copies and moves: where to. */
  target?: { tenant: string; bucket: string; bucketId: number; tenantId: number; folder: string };
  conflict?: ConflictPolicy;
  /** Of deletions. */
  versions?: 'CURRENT' | 'ALL';
  /** Of restores: only what was deleted since. */
  deletedAfter?: string;
  tags?: Record<string, string>;
  tagging?: 'MERGE' | 'REPLACE';
}

/** What the request came with that began a job, for what it does is allowed and recorded as that. */
export interface JobCredential {
  limits?: readonly Narrowing[];
  accessKeyId?: string;
  apiKeyId?: string;
  expiresAt?: string;
  userAgent?: string;
}

/** One object that a job has to do with. */
export interface JobItem {
  key: string;
  /** The version's row. */
  id: number;
  isNull: boolean;
  size: number;
  /** Of restores: where it is taken from. */
  from?: 'TRASH' | 'VERSION' | undefined;
  /** Of an object that was named: why it is not that. */
  absent?: 'MISSING' | 'REPLACED' | undefined;
}

/** Where in the order of keys, newest version first, a job has come to. */
export interface JobPlace {
  placeKey: string;
  placeId: number;
  newestVersion: number;
}

export interface JobBatch {
  items: JobItem[];
  /** The newest event when it was put together: what is done of it is told by later ones. */
  after: number;
}

/** A job as its owner sees it. */
export interface FolderJobInfo {
  id: number;
  tenantId: number;
  tenantName: string;
  actorId: number;
  kind: FolderJobKind;
  state: FolderJobState;
  bucketId: number;
  bucket: string;
  folder: string;
  options: FolderJobOptions;
  /** How many objects it is about; null until they are counted. */
  total: number | null;
  done: number;
  skipped: number;
  failed: number;
  /** Of the objects that are done. */
  bytes: number;
  /** Why it failed. */
  message: string | null;
  cancelAskedAt: Date | null;
  createdAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
}

/** Of `folder_job j`, as {@link FolderJobInfo} names them. */
export const jobColumns = `j.id, j.tenant_id AS "tenantId",
  (SELECT t.name FROM tenant t WHERE t.id = j.tenant_id) AS "tenantName", j.actor_id AS "actorId", j.kind, j.state,
  j.bucket_id AS "bucketId", j.bucket, j.folder, j.options, j.total, j.done, j.skipped, j.failed, j.bytes, j.message,
  j.cancel_asked_at AS "cancelAskedAt", j.created_at AS "createdAt", j.started_at AS "startedAt",
  j.finished_at AS "finishedAt"`;

/** One object that a job could do nothing with. */
export interface FolderJobErrorInfo {
  id: number;
  key: string;
  versionId: string | null;
  kind: ErrorKind;
  message: string;
  at: Date;
}

/** What the events of a job are recorded under. */
export function jobRequestId(id: number): string {
  return `job-${id}`;
}
