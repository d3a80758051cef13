import { statement } from '../../database/database.js';
import { asking } from '../access/asking.js';
import { isPermitted, openBucket } from '../access/authorize.js';
import type { BucketState } from '../buckets/bucket-cache.js';
import type { RequestContext } from '../context.js';
import type { BucketAddress, ObjectAddress, ObjectInfo } from '../types.js';
import { bucketOf, validLimit, validListText } from './list-objects.js';
import {
  isTrashed,
  parseVersionId,
  type TrashedRow,
  toObjectInfo,
  toTrashed,
  trashColumns,
  type VersionRow,
  versionColumns,
} from './version-row.js';

export interface ListVersionsInput extends BucketAddress {
  prefix?: string | undefined;
  delimiter?: string | undefined;
  /** Go on behind this key, or behind all keys of this common prefix. */
  keyMarker?: string;
  /** With `keyMarker`: go on behind this version of that key instead. */
  versionIdMarker?: string;
  limit: number;
}

export type VersionEntry = { kind: 'version'; object: ObjectInfo } | { kind: 'prefix'; prefix: string };

type ListRow = VersionRow & { prefix: string | null };

const listHistory = statement(
  'list_versions',
  `SELECT l.prefix, ${versionColumns}
   FROM list_versions($1, $2, $3, $4, $5, $6) WITH ORDINALITY AS l(prefix, version_id, n)
   LEFT JOIN object_version v ON v.id = l.version_id
   ORDER BY l.n`,
);

const findNullVersion = statement(
  'find_null_version',
  `SELECT v.id FROM object_version v WHERE v.bucket_id = $1 AND v.key = $2 AND v.state = 'COMMITTED' AND v.is_null`,
);

const listKeyForward = statement(
  'list_key_versions',
  `SELECT ${versionColumns} FROM object_version v
   WHERE v.bucket_id = $1 AND v.key = $2 AND v.state = 'COMMITTED' AND v.id < COALESCE($3::bigint, 9223372036854775807)
   ORDER BY v.id DESC LIMIT $4`,
);

const listKeyBackward = statement(
  'list_key_versions_backward',
  `SELECT ${versionColumns} FROM object_version v
   WHERE v.bucket_id = $1 AND v.key = $2 AND v.state = 'COMMITTED' AND v.id > COALESCE($3::bigint, 0)
   ORDER BY v.id LIMIT $4`,
);

const ofKeys = (order: 'ASC' | 'DESC') => `
  SELECT q.place::int, l.* FROM unnest($1::bigint[], $2::text[]) WITH ORDINALITY AS q (bucket_id, key, place)
  CROSS JOIN LATERAL (
    SELECT ${versionColumns} FROM object_version v
    WHERE v.bucket_id = q.bucket_id AND v.key = q.key AND v.state = 'COMMITTED' ORDER BY v.id ${order} LIMIT $3
  ) l`;

const loadForward = statement('load_key_versions', ofKeys('DESC'));
const loadBackward = statement('load_key_versions_backward', ofKeys('ASC'));

const listTrashed = statement(
  'list_trash',
  `SELECT ${versionColumns}, ${trashColumns} FROM object_version v
   WHERE v.bucket_id = $1 AND ${isTrashed}
     AND v.key >= $2 AND v.key <= prefix_end($2)
     AND v.key >= $3 AND (v.key > $3 OR (v.key = $3 AND v.id < $4))
   ORDER BY v.bucket_id, v.key, v.id DESC LIMIT $5`,
);

/** Versions and delete markers by key, newest first within a key. */
export async function listVersions(
  context: RequestContext,
  input: ListVersionsInput,
): Promise<{ bucket: BucketState; entries: VersionEntry[]; truncated: boolean }> {
  const bucket = await openBucket(
    asking(context, { prefix: input.prefix, delimiter: input.delimiter, maxKeys: input.limit }),
    bucketOf(input),
    's3:ListBucketVersions',
  );
  const limit = validLimit(input.limit);
  if (limit === 0) {
    return { bucket, entries: [], truncated: false };
  }
  const keyMarker = validListText(input.keyMarker ?? '', 'key-marker');
  const rows = await context.granary.database.query<ListRow>(listHistory, [
    bucket.id,
    validListText(input.prefix ?? '', 'prefix'),
    validListText(input.delimiter ?? '', 'delimiter') || null,
    keyMarker,
    input.versionIdMarker === undefined ? null : await rowIdOf(context, bucket, keyMarker, input.versionIdMarker),
    limit + 1,
  ]);
  return { bucket, entries: rows.slice(0, limit).map(toEntry), truncated: rows.length > limit };
}

export interface ListKeyVersionsInput extends ObjectAddress {
  /** Go on behind (backward: before) this version. */
  after?: string;
  limit: number;
  direction?: 'forward' | 'backward';
}

/** The versions and delete markers of one key, newest first (backward: oldest first). */
export async function listKeyVersions(context: RequestContext, input: ListKeyVersionsInput): Promise<KeyVersions> {
  const bucket = await openBucket(
    asking(context, { prefix: input.key, maxKeys: input.limit }),
    bucketOf(input),
    's3:ListBucketVersions',
  );
  const limit = validLimit(input.limit);
  const after = input.after === undefined ? null : await rowIdOf(context, bucket, input.key, input.after);
  const rows = await context.granary.database.query<VersionRow>(
    input.direction === 'backward' ? listKeyBackward : listKeyForward,
    [bucket.id, input.key, after, limit + 1],
  );
  return { objects: rows.slice(0, limit).map(toObjectInfo), truncated: rows.length > limit };
}

/** Some versions of one key. */
export interface KeyVersions {
  objects: ObjectInfo[];
  truncated: boolean;
}

/**
 * The first versions of each key, as {@link listKeyVersions} would list them, in the order of the keys; null where the
 * caller may not list them. One query.
 */
export async function loadKeyVersions(
  context: RequestContext,
  keys: readonly ObjectAddress[],
  page: Pick<ListKeyVersionsInput, 'limit' | 'direction'>,
): Promise<(KeyVersions | null)[]> {
  const limit = validLimit(page.limit);
  const buckets = await Promise.all(keys.map((key) => listableBucket(context, key, limit)));
  const rows = await context.granary.database.query<VersionRow & { place: number }>(
    page.direction === 'backward' ? loadBackward : loadForward,
    [
      // What may not be seen is looked up in no bucket.
      buckets.map((bucket) => bucket?.id ?? null),
      keys.map(({ key }) => key),
      limit + 1,
    ],
  );
  const byPlace = Map.groupBy(rows, ({ place }) => place);
  return buckets.map((bucket, index) => {
    if (bucket === null) {
      return null;
    }
    const found = byPlace.get(index + 1) ?? [];
    return { objects: found.slice(0, limit).map(toObjectInfo), truncated: found.length > limit };
  });
}

/** The bucket, if the caller may list the versions of this key; who may not has left no trace in the log. */
async function listableBucket(context: RequestContext, key: ObjectAddress, limit: number): Promise<BucketState | null> {
  const bucket = await context.granary.buckets.find(key.tenant ?? context.caller.tenantName, key.bucket);
  const asked = asking(context, { prefix: key.key, maxKeys: limit });
  return bucket !== undefined && (await isPermitted(asked, { action: 's3:ListBucketVersions', bucket }))
    ? bucket
    : null;
}

export interface ListTrashInput extends BucketAddress {
  prefix?: string;
  /** Go on behind this trashed version. */
  after?: { key: string; id: number };
  limit: number;
}

/** Deleted and overwritten versions that can still be restored, by key, newest first within a key. */
export async function listTrash(
  context: RequestContext,
  input: ListTrashInput,
): Promise<{ objects: ObjectInfo[]; truncated: boolean }> {
  const bucket = await openBucket(
    asking(context, { prefix: input.prefix, maxKeys: input.limit }),
    bucketOf(input),
    's3:ListBucketVersions',
  );
  const limit = validLimit(input.limit);
  const rows = await context.granary.database.query<TrashedRow>(listTrashed, [
    bucket.id,
    validListText(input.prefix ?? '', 'prefix'),
    validListText(input.after?.key ?? '', 'after'),
    input.after?.id ?? 0,
    limit + 1,
  ]);
  return { objects: rows.slice(0, limit).map(toTrashed), truncated: rows.length > limit };
}

async function rowIdOf(
  context: RequestContext,
  bucket: BucketState,
  key: string,
  versionId: string,
): Promise<number | null> {
  const rowId = parseVersionId(versionId);
  if (rowId !== 0) {
    return rowId;
  }
  const [row] = await context.granary.database.query<{ id: number }>(findNullVersion, [bucket.id, key]);
  return row?.id ?? null;
}

function toEntry(row: ListRow): VersionEntry {
  return row.prefix === null ? { kind: 'version', object: toObjectInfo(row) } : { kind: 'prefix', prefix: row.prefix };
}
