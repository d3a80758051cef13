import { statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import { asking } from '../access/asking.js';
import { openBucket } from '../access/authorize.js';
import type { BucketState } from '../buckets/bucket-cache.js';
import type { RequestContext } from '../context.js';
import type { BriefObject, BucketAddress, ObjectInfo } from '../types.js';
import type { PageQuestion } from './brief-pages.js';
import {
  type BriefRow,
  briefColumns,
  toBriefObject,
  toObjectInfo,
  type VersionRow,
  versionColumns,
} from './version-row.js';

export interface ListObjectsInput extends BucketAddress {
  prefix?: string | undefined;
  /** Keys that have it behind the prefix are rolled up into one common prefix each. Forward only. */
  delimiter?: string | undefined;
  /** Go on behind this key, or behind all keys of this common prefix (backward: before this key). */
  after?: string;
  /** 0 to 1000 entries; a common prefix counts as one. */
  limit: number;
  direction?: 'forward' | 'backward';
}

export type ListEntry<Shown = ObjectInfo> = { kind: 'object'; object: Shown } | { kind: 'prefix'; prefix: string };

export interface ListPage<Shown = ObjectInfo> {
  /** As it was when the list was allowed. */
  bucket: BucketState;
  entries: ListEntry<Shown>[];
  /** More follow in the direction asked. */
  truncated: boolean;
}

type ListRow<Row> = Row & { prefix: string | null };

const forward = statement(
  'list_objects',
  `SELECT l.prefix, ${versionColumns}
   FROM list_objects($1, $2, $3, $4, $5) WITH ORDINALITY AS l(prefix, version_id, n)
   LEFT JOIN object_version v ON v.id = l.version_id
   ORDER BY l.n`,
);

const backward = statement('list_objects_backward', backwardBy(versionColumns));
const briefBackward = statement('list_brief_objects_backward', backwardBy(briefColumns));

function backwardBy(columns: string): string {
  return `
    SELECT NULL AS prefix, ${columns} FROM object_version v
    WHERE v.bucket_id = $1 AND v.is_latest AND NOT v.delete_marker
      AND v.key >= $2 AND v.key <= prefix_end($2) AND v.key < COALESCE($3::text, prefix_end($2) || '0')
    ORDER BY v.key DESC LIMIT $4`;
}

const countVisible = statement(
  'count_objects',
  `SELECT count(*) AS count FROM object_version v
   WHERE v.bucket_id = $1 AND v.is_latest AND NOT v.delete_marker AND v.key >= $2 AND v.key <= prefix_end($2)`,
);

/** Visible objects in the byte order of their UTF-8 keys. */
export function listObjects(context: RequestContext, input: ListObjectsInput): Promise<ListPage> {
  const { database } = context.granary;
  return list(context, input, {
    forward: ({ bucketId, prefix, delimiter, after, limit }) =>
      database.query<ListRow<VersionRow>>(forward, [bucketId, prefix, delimiter, after, limit]),
    backward: (values) => database.query<ListRow<VersionRow>>(backward, values),
    show: toObjectInfo,
  });
}

/** The same, of which only what lists show is read. */
export function listBriefObjects(context: RequestContext, input: ListObjectsInput): Promise<ListPage<BriefObject>> {
  const { database, briefPages } = context.granary;
  return list(context, input, {
    forward: (page) => briefPages.read(page),
    backward: (values) => database.query<ListRow<BriefRow>>(briefBackward, values),
    show: toBriefObject,
  });
}

/** How a list reads its objects. */
interface Reading<Row, Shown> {
  forward(page: PageQuestion): Promise<ListRow<Row>[]>;
  /** With the parameters of the statement: the bucket's id, the prefix, the key to end before, and the limit. */
  backward(values: unknown[]): Promise<ListRow<Row>[]>;
  show(row: Row): Shown;
}

async function list<Row, Shown>(
  context: RequestContext,
  input: ListObjectsInput,
  { forward, backward, show }: Reading<Row, Shown>,
): Promise<ListPage<Shown>> {
  const bucket = await openBucket(
    asking(context, { prefix: input.prefix, delimiter: input.delimiter, maxKeys: input.limit }),
    bucketOf(input),
    's3:ListBucket',
  );
  const limit = validLimit(input.limit);
  if (limit === 0) {
    return { bucket, entries: [], truncated: false };
  }
  const prefix = validListText(input.prefix ?? '', 'prefix');
  const delimiter = validListText(input.delimiter ?? '', 'delimiter') || null;
  const after = input.after === undefined ? undefined : validListText(input.after, 'marker');
  const rows =
    input.direction === 'backward'
      ? await backward([bucket.id, prefix, after ?? null, limit + 1])
      : await forward({ bucketId: bucket.id, prefix, delimiter, after: after ?? '', limit: limit + 1 });
  const entries = rows
    .slice(0, limit)
    .map(
      (row): ListEntry<Shown> =>
        row.prefix === null ? { kind: 'object', object: show(row) } : { kind: 'prefix', prefix: row.prefix },
    );
  return { bucket, entries, truncated: rows.length > limit };
}

/** How many visible objects have the prefix. Its cost grows with that number: ask only when it is shown. */
export async function countObjects(
  context: RequestContext,
  input: BucketAddress & { prefix?: string },
): Promise<number> {
  const bucket = await openBucket(asking(context, { prefix: input.prefix }), bucketOf(input), 's3:ListBucket');
  const prefix = validListText(input.prefix ?? '', 'prefix');
  const [row] = await context.granary.database.query<{ count: number }>(countVisible, [bucket.id, prefix]);
  return row?.count ?? 0;
}

/** The part of an input that names a bucket, without any key in it. */
export function bucketOf({ bucket, tenant }: BucketAddress): BucketAddress {
  return tenant === undefined ? { bucket } : { bucket, tenant };
}

/** Throws unless 0 to 1000. */
export function validLimit(limit: number): number {
  if (!Number.isInteger(limit) || limit < 0 || limit > 1000) {
    throw new GranaryError('InvalidInput', 'A page has 0 to 1000 entries.', {
      reason: 'InvalidArgument',
      field: ['limit'],
    });
  }
  return limit;
}

/** Throws for what no key can hold. */
export function validListText(text: string, field: string): string {
  if (text.includes('\0') || !text.isWellFormed() || Buffer.byteLength(text) > 4096) {
    throw new GranaryError(
      'InvalidInput',
      `The ${field} must be Unicode without NUL, and not longer than keys can be.`,
      {
        reason: 'InvalidArgument',
        field: [field],
      },
    );
  }
  return text;
}
