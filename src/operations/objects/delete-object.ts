import { retryConflicts, statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import { asking } from '../access/asking.js';
import { authorize, resolveBucket, withBucket } from '../access/authorize.js';
import { eventOrigin } from '../audit/event-origin.js';
import type { RequestContext } from '../context.js';
import { replicationParameters } from '../replication/replication-parameters.js';
import type { BucketAddress, VersionAddress } from '../types.js';
import { type DeleteConditions, deleteParameter } from './delete-conditions.js';
import { bucketOf } from './list-objects.js';
import { formatVersionId, parseVersionId } from './version-row.js';
import { rejectOutcome, type WriteOutcome } from './write-outcome.js';

export interface DeletedObject {
  /** True when a delete marker was made, or when the version removed was one. */
  deleteMarker: boolean;
  /** The marker that was made, or the version that was removed. */
  versionId?: string;
}

interface DeleteVersionRow {
  outcome: WriteOutcome;
  marker: number | null;
  marker_null: boolean | null;
  removed_marker: boolean | null;
}

const deleteVersion = statement(
  'delete_version',
  'SELECT * FROM delete_version($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)',
);

/** Deleting what is not there is none. */
const refusals: ReadonlySet<WriteOutcome> = new Set(['locked', 'missing', 'mismatch']);

export interface DeleteObjectInput extends VersionAddress {
  /** Past a retention in governance mode, for who may. */
  bypassGovernance?: 'BYPASS';
  /** Set when another bucket's replication deletes. */
  replica?: 'REPLICA';
  conditions?: DeleteConditions | undefined;
}

/**
 * Deletes a key (in a bucket with versions: by a delete marker) or one version of it. Deleting what is not there
 * succeeds, as in S3. The bytes stay until the trash retention and the grace are over.
 */
export async function deleteObject(context: RequestContext, input: DeleteObjectInput): Promise<DeletedObject> {
  const rowId = input.versionId === undefined ? null : parseVersionId(input.versionId);
  const action = rowId === null ? 's3:DeleteObject' : 's3:DeleteObjectVersion';
  const { versionId, conditions } = input;
  const asked = asking(context, { versionId, conditions: { ifMatch: conditions?.ifMatch } });
  return withBucket(asked, input, action, async (bucket) => {
    if (input.bypassGovernance !== undefined && rowId !== null) {
      await authorize(asked, { action: 's3:BypassGovernanceRetention', bucket, key: input.key });
    }
    const { key, replica } = input;
    const [replicationStatus, targets] = replicationParameters(bucket, { key, tags: {}, what: 'marker', replica });
    if (conditions?.ifMatch !== undefined && conditions.ifMatch.trim() !== '*') {
      // Whoever may try entity tags could find out what is in an object.
      const read = rowId === null ? 's3:GetObject' : 's3:GetObjectVersion';
      await authorize(asked, { action: read, bucket, key: input.key });
    }
    const [row] = await retryConflicts(() =>
      context.granary.database.query<DeleteVersionRow>(deleteVersion, [
        bucket.id,
        bucket.revision,
        input.key,
        rowId,
        input.bypassGovernance !== undefined,
        replicationStatus,
        targets,
        context.caller.kind === 'user' ? context.caller.userId : null,
        eventOrigin(context),
        deleteParameter(input.conditions),
      ]),
    );
    if (row !== undefined && refusals.has(row.outcome)) {
      throw rejectOutcome(row.outcome, input.key);
    }
    return row === undefined || row.outcome === 'stale' ? 'stale' : describe(row, input.versionId);
  });
}

function describe(row: DeleteVersionRow, versionId: string | undefined): DeletedObject {
  if (row.marker !== null) {
    return { deleteMarker: true, versionId: formatVersionId({ id: row.marker, isNull: row.marker_null === true }) };
  }
  return { deleteMarker: row.removed_marker === true, ...(versionId === undefined ? {} : { versionId }) };
}

export interface DeleteObjectsInput extends BucketAddress, Pick<DeleteObjectInput, 'bypassGovernance'> {
  objects: { key: string; versionId?: string; conditions?: DeleteConditions }[];
}

export type DeleteObjectsResult = { key: string; versionId?: string } & (
  | { deleted: DeletedObject }
  | { error: GranaryError }
);

/** How many deletions of one request run side by side: they share flushes of the log, not all connections. */
const parallelDeletions = 8;

/** Up to 1000 deletions, each by itself: one that fails does not stop the others. Results stand in the order asked. */
export async function deleteObjects(
  context: RequestContext,
  input: DeleteObjectsInput,
): Promise<DeleteObjectsResult[]> {
  if (input.objects.length > 1000) {
    throw new GranaryError('InvalidInput', 'At most 1000 objects can be deleted at once.', {
      reason: 'MalformedXML',
      field: ['objects'],
    });
  }
  await resolveBucket(context, input);
  const results: DeleteObjectsResult[] = [];
  const queue = input.objects.entries();
  const worker = async () => {
    for (const [index, object] of queue) {
      results[index] = await deleteOne(context, { ...object, ...bucketOf(input), ...bypassOf(input) });
    }
  };
  await Promise.all(Array.from({ length: parallelDeletions }, worker));
  refuseOutsider(results);
  return results;
}

function bypassOf({ bypassGovernance }: DeleteObjectsInput): Pick<DeleteObjectInput, 'bypassGovernance'> {
  return bypassGovernance === undefined ? {} : { bypassGovernance };
}

/** Who may delete none of the keys, for the bucket is another tenant's, is told just what a missing bucket is told. */
function refuseOutsider(results: DeleteObjectsResult[]): void {
  const [first] = results;
  const isHidden = results.every((result) => 'error' in result && result.error.reason === 'NoSuchBucket');
  if (first !== undefined && 'error' in first && isHidden) {
    throw first.error;
  }
}

async function deleteOne(context: RequestContext, target: DeleteObjectInput): Promise<DeleteObjectsResult> {
  const named = { key: target.key, ...(target.versionId === undefined ? {} : { versionId: target.versionId }) };
  try {
    return { ...named, deleted: await deleteObject(context, target) };
  } catch (error) {
    if (error instanceof GranaryError) {
      return { ...named, error };
    }
    throw error;
  }
}
