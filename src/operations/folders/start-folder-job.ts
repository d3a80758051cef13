import { type Queryable, statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import { asking } from '../access/asking.js';
import { openBucket, requireUser } from '../access/authorize.js';
import { inheritedLimits } from '../access/inherited-limits.js';
import { recordEvent } from '../audit/record-event.js';
import type { BucketState } from '../buckets/bucket-cache.js';
import type { RequestContext } from '../context.js';
import { bucketOf, listObjects, validListText } from '../objects/list-objects.js';
import { validTags } from '../objects/object-attributes.js';
import type { BucketAddress } from '../types.js';
import {
  type ConflictPolicy,
  type FolderJobInfo,
  type FolderJobKind,
  type FolderJobOptions,
  type JobCredential,
  jobColumns,
  type SelectionJobKind,
  verbOf,
} from './folder-job.js';
import { folderOfKeys, keepKeys, selectedKeys } from './selection.js';

/** A folder: what keys begin with, up to a slash; empty for the whole bucket. */
export interface FolderAddress extends BucketAddress {
  folder: string;
}

/** What is done, and to what: a folder, or some objects, whose folder is then what copies and moves leave out. */
export type StartFolderJobInput = BucketAddress &
  JobWishes &
  (
    | { kind: Exclude<FolderJobKind, SelectionJobKind>; folder: string; keys?: undefined }
    | { kind: SelectionJobKind; folder?: string | undefined; keys: readonly string[] }
  );

interface JobWishes {
  /** Of copies and moves. */
  target?: FolderAddress;
  conflict?: ConflictPolicy | undefined;
  versions?: 'CURRENT' | 'ALL' | undefined;
  deletedAfter?: Date | undefined;
  tags?: Record<string, string> | undefined;
  tagging?: 'MERGE' | 'REPLACE' | undefined;
}

/** Queued and running jobs that a tenant may have at once. */
const mostOpen = 100;
/** Of these, the ones that one user began: others find a place. */
const mostOpenOfUser = 50;

const events: Record<FolderJobKind, string> = {
  COPY_FOLDER: 'granary:CopyFolder',
  MOVE_FOLDER: 'granary:MoveFolder',
  DELETE_FOLDER: 'granary:DeleteFolder',
  RESTORE_FOLDER: 'granary:RestoreFolder',
  TAG_FOLDER: 'granary:TagFolder',
  EMPTY_TRASH: 'granary:EmptyTrash',
  COPY_SELECTION: 'granary:CopySelection',
  MOVE_SELECTION: 'granary:MoveSelection',
  DELETE_SELECTION: 'granary:DeleteSelection',
  RESTORE_SELECTION: 'granary:RestoreSelection',
  TAG_SELECTION: 'granary:TagSelection',
};

const countOpen = statement(
  'count_open_jobs',
  `SELECT count(*) AS "ofTenant", count(*) FILTER (WHERE j.actor_id = $2) AS "ofUser"
   FROM folder_job j WHERE j.tenant_id = $1 AND j.state IN ('QUEUED', 'RUNNING')`,
);

/** Those who begin jobs of one tenant at the same time count one after the other. */
const lockOpen = statement('lock_open_jobs', `SELECT pg_advisory_xact_lock(hashtextextended('tenant/jobs', $1))`);

const insertJob = statement(
  'insert_folder_job',
  `INSERT INTO folder_job AS j (tenant_id, actor_id, kind, bucket_id, bucket, folder, options, credential, source_ip, newest_version)
   SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, COALESCE((SELECT max(v.id) FROM object_version v), 0)
   RETURNING ${jobColumns}`,
);

/**
 * Begins work on all objects of a folder, or on some of its objects. It needs the right to list the folder; each object
 * is then dealt with by the caller's rights as they are at that moment. Background work does it: see run-folder-jobs.ts.
 */
export async function startFolderJob(context: RequestContext, input: StartFolderJobInput): Promise<FolderJobInfo> {
  const caller = requireUser(context);
  const folder = subjectOf(input);
  const bucket = await openBucket(asking(context, { prefix: folder }), bucketOf(input), listingActionOf(input));
  const keys = input.keys === undefined ? undefined : selectedKeys(input.keys, folder);
  const source = { ...bucketOf(input), folder, keys };
  const options = {
    ...(input.target === undefined
      ? {}
      : { target: await targetOf(context, { bucket, source, target: input.target }) }),
    ...optionsOf(input),
  };
  const credential: JobCredential = {
    limits: inheritedLimits(context),
    ...(caller.accessKeyId === undefined ? {} : { accessKeyId: caller.accessKeyId }),
    ...(caller.apiKeyId === undefined ? {} : { apiKeyId: caller.apiKeyId }),
    ...(caller.expiresAt === undefined ? {} : { expiresAt: caller.expiresAt.toISOString() }),
    ...(context.userAgent === undefined ? {} : { userAgent: context.userAgent.slice(0, 256) }),
  };
  return context.granary.database.transaction(async (tx) => {
    await requireFewJobs(tx, { tenantId: bucket.tenantId, userId: caller.userId });
    const [job] = await tx.query<FolderJobInfo>(insertJob, [
      ...[bucket.tenantId, caller.userId, input.kind, bucket.id, bucket.name, folder],
      ...[JSON.stringify(options), JSON.stringify(credential), context.sourceIp],
    ]);
    if (job === undefined) {
      throw new GranaryError('Internal', 'The job has no row');
    }
    if (keys !== undefined) {
      await keepKeys(tx, job.id, keys);
    }
    const details = { job: job.id, folder, ...(keys === undefined ? {} : { objects: keys.length }), ...options };
    const { tenantId, id: bucketId } = bucket;
    await recordEvent(tx, context, { action: events[input.kind], tenantId, bucketId, details });
    return job;
  });
}

/** What is shown beyond the names of objects, in lists, takes the right to list versions. */
export function listingActionOf({ kind, versions }: { kind: FolderJobKind; versions?: string | undefined }): string {
  const isOfVersions = verbOf(kind) === 'RESTORE' || kind === 'EMPTY_TRASH' || versions === 'ALL';
  return isOfVersions ? 's3:ListBucketVersions' : 's3:ListBucket';
}

function optionsOf(input: StartFolderJobInput): FolderJobOptions {
  const { kind, conflict, versions, deletedAfter, tags, tagging } = input;
  const verb = verbOf(kind);
  switch (verb) {
    case 'COPY':
    case 'MOVE':
      return { conflict: conflict ?? 'FAIL' };
    case 'RESTORE':
      return {
        conflict: conflict ?? 'SKIP',
        ...(deletedAfter === undefined ? {} : { deletedAfter: deletedAfter.toISOString() }),
      };
    case 'DELETE':
      return { versions: versions ?? 'CURRENT' };
    case 'TAG':
      return { tags: validTags(tags ?? {}), tagging: tagging ?? 'MERGE' };
    case 'EMPTY_TRASH':
      return {};
    default:
      return verb satisfies never;
  }
}

/** The folder that is asked about: without one, the folder of the keys. */
function subjectOf({ folder, keys }: StartFolderJobInput): string {
  return folder === undefined ? folderOfKeys(keys ?? []) : folderOf(folder, 'folder');
}

interface Move {
  bucket: BucketState;
  source: FolderAddress & { keys: readonly string[] | undefined };
  target: FolderAddress;
}

/** Where a copy or a move leads, if the caller may write its first object there. */
async function targetOf(
  context: RequestContext,
  { bucket, source, target }: Move,
): Promise<NonNullable<FolderJobOptions['target']>> {
  const folder = folderOf(target.folder, 'target', 'folder');
  const keys = source.keys ?? (await firstKeys(context, source));
  // The folder's own marker has no place at the root: it stays where it is.
  const first = keys.find((key) => folder !== '' || key !== source.folder) ?? keys[0];
  const into = await context.granary.buckets.find(target.tenant ?? context.caller.tenantName, target.bucket);
  const isThere = source.keys === undefined ? folder.startsWith(source.folder) : folder === source.folder;
  if (into !== undefined && into.id === bucket.id && isThere) {
    throw new GranaryError('InvalidInput', 'Nothing can be copied or moved to where it is, nor a folder into itself.', {
      reason: 'InvalidRequest',
      field: ['target', 'folder'],
    });
  }
  if (into !== undefined && into.id === bucket.id) {
    requireApart(source, folder);
  }
  if (first === undefined) {
    throw new GranaryError('NotFound', 'There is nothing in this folder.', { reason: 'NoSuchKey', field: ['folder'] });
  }
  const found = await openBucket(
    asking(context, { copySource: { ...bucketOf(source), key: first }, creates: 'true' }),
    { ...bucketOf(target), key: `${folder}${first.slice(source.folder.length)}` || first },
    's3:PutObject',
  );
  return { tenant: found.tenantName, tenantId: found.tenantId, bucket: found.name, bucketId: found.id, folder };
}

/** What comes to lie where another of the chosen lies takes its place before its own turn: it would be lost. */
function requireApart({ folder, keys = [] }: Move['source'], target: string): void {
  const chosen = new Set(keys);
  const taken = keys.map((key) => `${target}${key.slice(folder.length)}`).find((key) => chosen.has(key));
  if (taken !== undefined) {
    throw new GranaryError('InvalidInput', `One of the objects would come to lie where another one is: ${taken}.`, {
      reason: 'InvalidRequest',
      field: ['target', 'folder'],
    });
  }
}

/** A marker and what follows it, if there are. */
async function firstKeys(context: RequestContext, { folder, ...bucket }: FolderAddress): Promise<string[]> {
  const { entries } = await listObjects(context, { ...bucketOf(bucket), prefix: folder, limit: 2 });
  return entries.flatMap((entry) => (entry.kind === 'object' ? [entry.object.key] : []));
}

async function requireFewJobs(
  tx: Queryable,
  { tenantId, userId }: { tenantId: number; userId: number },
): Promise<void> {
  await tx.query(lockOpen, [tenantId]);
  const [row] = await tx.query<{ ofTenant: number; ofUser: number }>(countOpen, [tenantId, userId]);
  const { ofTenant = 0, ofUser = 0 } = row ?? {};
  if (ofUser >= mostOpenOfUser) {
    throw new GranaryError(
      'QuotaExceeded',
      `At most ${mostOpenOfUser} jobs of a user can be queued or running at once.`,
    );
  }
  if (ofTenant >= mostOpen) {
    throw new GranaryError('QuotaExceeded', `At most ${mostOpen} jobs of a tenant can be queued or running at once.`);
  }
}

function folderOf(folder: string, ...field: string[]): string {
  const path = folder === '' || folder.endsWith('/') ? folder : `${folder}/`;
  if (Buffer.byteLength(path) > 1024) {
    throw new GranaryError('InvalidInput', 'The path of a folder has at most 1024 bytes.', { field });
  }
  return validListText(path, field.join('.'));
}
