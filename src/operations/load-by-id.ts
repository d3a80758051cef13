import { statement } from '../database/database.js';
import { loadStoredAcls, type StoredAcl } from './access/acl-access.js';
import { asking } from './access/asking.js';
import { isPermitted } from './access/authorize.js';
import type { PlacementRule } from './blobs/placement.js';
import { type BucketState, selectBuckets, toBucketState } from './buckets/bucket-cache.js';
import type { RequestContext } from './context.js';
import {
  isTrashed,
  type TrashedRow,
  toObjectInfo,
  toTrashed,
  trashColumns,
  type VersionRow,
  versionColumns,
} from './objects/version-row.js';
import type { BucketInfo, ObjectInfo } from './types.js';

/** A caller reaches its own tenant; a null stands for all of them, which only a global administrator reaches. */
const reachable = '($2::bigint IS NULL OR b.tenant_id = $2)';

const selectBucketsById = statement('load_buckets', `${selectBuckets} AND b.id = ANY ($1::bigint[]) AND ${reachable}`);

const selectVersionsById = statement(
  'load_versions',
  `SELECT ${versionColumns} FROM object_version v JOIN bucket b ON b.id = v.bucket_id AND b.deleted_at IS NULL
   WHERE v.id = ANY ($1::bigint[]) AND v.state = 'COMMITTED' AND ${reachable}`,
);

const selectKeptById = statement(
  'load_kept_versions',
  `SELECT ${versionColumns}, ${trashColumns}, v.state = 'DELETING' AS "isTrashed"
   FROM object_version v JOIN bucket b ON b.id = v.bucket_id AND b.deleted_at IS NULL
   WHERE v.id = ANY ($1::bigint[]) AND (v.state = 'COMMITTED' OR (${isTrashed})) AND ${reachable}`,
);

const selectPoliciesById = statement(
  'load_policies',
  `SELECT b.id, b.policy FROM bucket b WHERE b.deleted_at IS NULL AND b.id = ANY ($1::bigint[]) AND ${reachable}`,
);

/** Policy documents in the order of the buckets' ids; null for none, and for what the caller may not see. Two queries. */
export async function loadPoliciesById(context: RequestContext, ids: readonly number[]): Promise<(object | null)[]> {
  const buckets = await readBuckets(context, ids);
  const values = [ids, reach(context)];
  const rows = await context.granary.database.query<{ id: number; policy: object | null }>(selectPoliciesById, values);
  const policies = new Map(rows.map((row) => [row.id, row.policy]));
  return Promise.all(
    ids.map(async (id) => {
      const bucket = buckets.get(id);
      const mayRead = bucket !== undefined && (await isPermitted(context, { action: 's3:GetBucketPolicy', bucket }));
      return mayRead ? (policies.get(id) ?? null) : null;
    }),
  );
}

/** Buckets in the order of the ids; null for what is not there or not for the caller to see. One query. */
export async function loadBucketsById(context: RequestContext, ids: readonly number[]): Promise<(BucketInfo | null)[]> {
  const buckets = await readBuckets(context, ids);
  return Promise.all(
    ids.map(async (id) => {
      const bucket = buckets.get(id);
      return bucket !== undefined && (await isPermitted(context, { action: 's3:ListBucket', bucket })) ? bucket : null;
    }),
  );
}

/**
 * Versions in the order of the ids, also of the trash; null for what is not there or not for the caller to see. Two
 * queries, and one where access control lists have a say.
 */
export async function loadObjectsById(context: RequestContext, ids: readonly number[]): Promise<(ObjectInfo | null)[]> {
  const rows = await context.granary.database.query<TrashedRow & { isTrashed: boolean }>(selectKeptById, [
    ids,
    reach(context),
  ]);
  const objects = rows.map((row) => (row.isTrashed ? toTrashed(row) : toObjectInfo(row)));
  return (await readable(context, ids, objects)).map((found) => found?.object ?? null);
}

/** As {@link loadObjectsById}, without those in the trash, and with the buckets that they are in. */
export async function loadObjectsInBuckets(
  context: RequestContext,
  ids: readonly number[],
): Promise<(FoundObject | null)[]> {
  const rows = await context.granary.database.query<VersionRow>(selectVersionsById, [ids, reach(context)]);
  return readable(context, ids, rows.map(toObjectInfo));
}

interface FoundObject {
  object: ObjectInfo;
  bucket: BucketInfo;
}

async function readable(
  context: RequestContext,
  ids: readonly number[],
  objects: readonly ObjectInfo[],
): Promise<(FoundObject | null)[]> {
  const versions = new Map(objects.map((object) => [object.id, object]));
  const buckets = await readBuckets(context, [...new Set(objects.map(({ bucketId }) => bucketId))]);
  const storedAcl = aclsOnDemand(context, [...versions.keys()]);
  return Promise.all(
    ids.map(async (id) => {
      const object = versions.get(id);
      const bucket = object && buckets.get(object.bucketId);
      return bucket && (await isReadable(context, { object, bucket, storedAcl: () => storedAcl(object.id) }))
        ? { object, bucket }
        : null;
    }),
  );
}

interface AskedObject extends FoundObject {
  bucket: BucketState;
  storedAcl: () => Promise<StoredAcl | null>;
}

/** The latest version is read as by its key, any other one as by its id. */
function isReadable(context: RequestContext, { object, bucket, storedAcl }: AskedObject): Promise<boolean> {
  const { key, isLatest, versionId, tags } = object;
  const asked = isLatest ? context : asking(context, { versionId });
  const action = isLatest ? 's3:GetObject' : 's3:GetObjectVersion';
  return isPermitted(asked, { action, bucket, key, existingTags: tags, storedAcl });
}

/** The lists of all these versions in one query, once the first is asked for. */
function aclsOnDemand(context: RequestContext, ids: readonly number[]): (id: number) => Promise<StoredAcl | null> {
  let all: Promise<Map<number, StoredAcl | null>> | undefined;
  const load = async () => {
    const found = await loadStoredAcls(context, ids);
    return new Map(ids.map((id, index) => [id, found[index] ?? null]));
  };
  return async (id) => {
    all ??= load();
    return (await all).get(id) ?? null;
  };
}

/** Placement rules in the order of the buckets' ids; null for what the caller may not see. One query. */
export async function loadPlacementsById(
  context: RequestContext,
  ids: readonly number[],
): Promise<(readonly PlacementRule[] | null)[]> {
  const buckets = await readBuckets(context, ids);
  return Promise.all(
    ids.map(async (id) => {
      const bucket = buckets.get(id);
      const mayRead =
        bucket !== undefined && (await isPermitted(context, { action: 'granary:GetBucketPlacement', bucket }));
      return mayRead ? bucket.placement : null;
    }),
  );
}

async function readBuckets(context: RequestContext, ids: readonly number[]): Promise<Map<number, BucketState>> {
  const rows = await context.granary.database.query<Parameters<typeof toBucketState>[0]>(selectBucketsById, [
    ids,
    reach(context),
  ]);
  return new Map(rows.map((row) => [row.id, toBucketState(row)]));
}

function reach({ caller }: RequestContext): number | null {
  return caller.kind === 'user' && caller.role === 'ADMINISTRATOR' ? null : caller.tenantId;
}
