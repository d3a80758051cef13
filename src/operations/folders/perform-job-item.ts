import { GranaryError, isGranaryError } from '../../errors.js';
import type { RequestContext } from '../context.js';
import { copyObject } from '../objects/copy-object.js';
import { deleteObject } from '../objects/delete-object.js';
import { moveObject } from '../objects/move-object.js';
import { promoteVersion } from '../objects/promote-version.js';
import { purgeTrashed } from '../objects/purge-trashed.js';
import { getObjectTags, putObjectTags } from '../objects/put-object-tags.js';
import { restoreObject } from '../objects/restore-object.js';
import { formatVersionId } from '../objects/version-row.js';
import type { ObjectAddress, WriteConditions } from '../types.js';
import { type FolderJobInfo, type FolderJobOptions, isOfSelection, type JobItem, verbOf } from './folder-job.js';

/** Does with one object what a job is to do with all, by the caller's rights. Throws what the caller would be told. */
export async function performJobItem(
  context: RequestContext,
  job: FolderJobInfo,
  item: JobItem,
): Promise<'done' | 'skipped'> {
  if (isMarkerForRoot(job, item)) {
    return 'skipped';
  }
  if (item.absent === 'REPLACED' || (item.absent === 'MISSING' && job.kind === 'DELETE_SELECTION')) {
    return 'skipped';
  }
  if (item.absent === 'MISSING') {
    const what = job.kind === 'RESTORE_SELECTION' ? 'Nothing of this key can be restored.' : 'There is no such object.';
    throw new GranaryError('NotFound', what, { reason: 'NoSuchKey' });
  }
  try {
    await perform(context, job, item);
    return 'done';
  } catch (error) {
    if (isGone(error)) {
      return 'skipped';
    }
    if (isTaken(error)) {
      if (job.options.conflict === 'SKIP') {
        return 'skipped';
      }
      throw new GranaryError('Conflict', 'There is an object in its place already.');
    }
    throw error;
  }
}

async function perform(context: RequestContext, job: FolderJobInfo, item: JobItem): Promise<unknown> {
  const { kind, options } = job;
  const verb = verbOf(kind);
  const source = { tenant: job.tenantName, bucket: job.bucket, key: item.key };
  switch (verb) {
    case 'COPY':
      return copy(context, job, { item, source });
    case 'MOVE':
      return moveObject(context, {
        ...{ source, sourceRow: item.id },
        ...{ target: targetOf(job, item), conditions: conditionsOf(options) },
      });
    case 'DELETE':
      return remove(context, { options, source, item });
    case 'TAG':
      return tag(context, { options, source, item });
    case 'EMPTY_TRASH':
      return purgeTrashed(context, { ...source, versionId: rowName(item) });
    case 'RESTORE': {
      const conditions = conditionsOf(options);
      return item.from === 'VERSION'
        ? promoteVersion(context, { ...source, versionId: formatVersionId(item), conditions })
        : restoreObject(context, { ...source, versionId: rowName(item), conditions });
    }
    default:
      return verb satisfies never;
  }
}

interface Placed {
  item: JobItem;
  source: ObjectAddress;
}

/** What was written since is not copied, moved or tagged. */
async function copy(context: RequestContext, job: FolderJobInfo, { item, source }: Placed): Promise<void> {
  await copyObject(context, {
    source,
    sourceRow: item.id,
    target: targetOf(job, item),
    metadataDirective: 'COPY',
    taggingDirective: 'COPY',
    conditions: conditionsOf(job.options),
    unsaid: 'AS_SOURCE',
  });
}

/** Without a version id only while the object is the one that was found: what was written since stays. */
async function remove(
  context: RequestContext,
  { options, source, item }: Placed & { options: FolderJobOptions },
): Promise<void> {
  await deleteObject(
    context,
    options.versions === 'ALL'
      ? { ...source, versionId: formatVersionId(item) }
      : { ...source, conditions: { rowId: item.id } },
  );
}

async function tag(
  context: RequestContext,
  { options, source, item }: Placed & { options: FolderJobOptions },
): Promise<void> {
  const { tags = {}, tagging } = options;
  const found = { ...source, onlyRow: item.id };
  const before = tagging === 'MERGE' ? (await getObjectTags(context, found)).tags : {};
  await putObjectTags(context, { ...found, tags: { ...before, ...tags } });
}

/** The marker of a folder that is copied or moved to the root of a bucket, where it would have no name. */
function isMarkerForRoot({ folder, options }: FolderJobInfo, { key }: JobItem): boolean {
  return options.target?.folder === '' && key === folder;
}

/** @throws GranaryError Conflict when it would lie in the folder that is being walked. */
function targetOf({ kind, bucketId, folder, options }: FolderJobInfo, { key }: JobItem): ObjectAddress {
  const { target } = options;
  if (target === undefined) {
    throw new GranaryError('Internal', 'The job has no target');
  }
  const into = `${target.folder}${key.slice(folder.length)}`;
  if (!isOfSelection(kind) && target.bucketId === bucketId && into.startsWith(folder)) {
    throw new GranaryError('Conflict', `It would come to lie in the folder itself, as ${into}.`);
  }
  return { tenant: target.tenant, bucket: target.bucket, key: into };
}

function conditionsOf({ conflict }: FolderJobOptions): WriteConditions {
  return conflict === 'OVERWRITE' ? {} : { ifNoneMatch: '*' };
}

/** As versions in the trash go by the ids of their rows. */
function rowName({ id }: JobItem): string {
  return formatVersionId({ id, isNull: false });
}

/** It was deleted or replaced since it was found. */
function isGone(error: unknown): boolean {
  return (
    (isGranaryError(error, 'NotFound') && (error.reason === 'NoSuchKey' || error.reason === 'NoSuchVersion')) ||
    (isGranaryError(error, 'PreconditionFailed') && !isTaken(error))
  );
}

function isTaken(error: unknown): boolean {
  return isGranaryError(error, 'PreconditionFailed') && error.data.Condition === 'If-None-Match';
}
