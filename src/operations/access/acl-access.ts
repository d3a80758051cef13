import type { Acl } from '../../auth/acl/acl.js';
import { privateAcl } from '../../auth/acl/acl.js';
import { aclPermits, listFor } from '../../auth/acl/acl-permits.js';
import { isPublicPolicy } from '../../auth/acl/is-public-policy.js';
import type { Verdict } from '../../auth/policy/decide.js';
import { statement } from '../../database/database.js';
import type { BucketState } from '../buckets/bucket-cache.js';
import type { RequestContext } from '../context.js';
import { isTrashed, parseVersionId } from '../objects/version-row.js';
import type { AccessRequest } from './authorize.js';

/** The list of a version as it is kept, and who wrote the version. */
export interface StoredAcl {
  readonly acl: Acl | null;
  readonly canonicalId: string | null;
  readonly displayName: string | null;
}

const storedAcl = `
  SELECT v.id, v.acl, u.canonical_id AS "canonicalId", u.display_name AS "displayName"
  FROM object_version v LEFT JOIN user_account u ON u.id = v.owner_id`;

const findAcls = statement(
  'find_object_acls',
  `${storedAcl}
   WHERE v.id = ANY ($1::bigint[]) AND NOT v.delete_marker AND (v.state = 'COMMITTED' OR (${isTrashed}))`,
);

const findAcl = statement(
  'find_object_acl',
  `${storedAcl}
   WHERE v.bucket_id = $1 AND v.key = $2 AND v.state = 'COMMITTED' AND NOT v.delete_marker
     AND CASE WHEN $3::bigint IS NULL THEN v.is_latest WHEN $3 = 0 THEN v.is_null ELSE v.id = $3 END`,
);

/** False for a bucket whose owner owns everything in it: then lists do not count. */
export function usesAcls({ configuration }: BucketState): boolean {
  return configuration.objectOwnership !== 'BucketOwnerEnforced';
}

/** The bucket's owner, as lists name it. */
export function ownerOf(bucket: BucketState): Acl['owner'] {
  return { canonicalId: bucket.ownerCanonicalId, displayName: bucket.ownerDisplayName };
}

/** The list of a bucket. */
export function bucketAcl(bucket: BucketState): Acl {
  const { acl } = bucket.configuration;
  return usesAcls(bucket) && acl !== undefined ? acl : privateAcl(ownerOf(bucket));
}

/** The list of an object, or of the version with this row id (0: the null version); undefined when there is none. */
export async function objectAcl(
  { granary }: RequestContext,
  bucket: BucketState,
  { key, rowId }: { key: string; rowId: number | null },
): Promise<Acl | undefined> {
  const [row] = await granary.database.query<StoredAcl>(findAcl, [bucket.id, key, rowId]);
  return row === undefined ? undefined : aclOf(bucket, row);
}

/** The stored lists of versions, also of the trash, in the order of their row ids; null for what has none. One query. */
export async function loadStoredAcls(
  { granary }: RequestContext,
  ids: readonly number[],
): Promise<(StoredAcl | null)[]> {
  const rows = await granary.database.query<StoredAcl & { id: number }>(findAcls, [ids]);
  const byId = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => byId.get(id) ?? null);
}

/** What a stored list means in its bucket. */
export function aclOf(bucket: BucketState, { acl, canonicalId, displayName }: StoredAcl): Acl {
  if (!usesAcls(bucket)) {
    return privateAcl(ownerOf(bucket));
  }
  return acl ?? privateAcl(canonicalId === null ? ownerOf(bucket) : { canonicalId, displayName: displayName ?? '' });
}

/** What lets a request pass. */
export type Grounds = 'policy' | 'acl';

/**
 * What policies decided, with what access control lists add and the public access block takes away; undefined when
 * nothing lets the request pass. A list allows only what no policy denies, and what a session's policies allow.
 */
export async function groundsFor(
  context: RequestContext,
  access: AccessRequest,
  verdict: Verdict,
): Promise<Grounds | undefined> {
  const { bucket } = access;
  if (verdict.reason === 'RESOURCE_ALLOW' && isRestricted(context, bucket)) {
    return undefined;
  }
  if (verdict.allowed) {
    return 'policy';
  }
  const byList = verdict.reason === 'NO_ALLOW' && usesAcls(bucket) && (await aclAllows(context, access));
  return byList ? 'acl' : undefined;
}

/** A public policy lets in only the bucket's own tenant and what is delivered for it, when that was asked for. */
function isRestricted({ caller }: RequestContext, { configuration, policy, tenantId }: BucketState): boolean {
  const isOwn = (caller.kind === 'user' || caller.service !== undefined) && caller.tenantId === tenantId;
  return configuration.publicAccessBlock?.restrictPublicBuckets === true && !isOwn && policy !== null
    ? isPublicPolicy(policy)
    : false;
}

async function aclAllows(context: RequestContext, access: AccessRequest): Promise<boolean> {
  const { action, bucket, key, of } = access;
  const ask = (asked: string, acl: Acl) => {
    const publicGrants = bucket.configuration.publicAccessBlock?.ignorePublicAcls === true ? 'ignored' : 'count';
    return aclPermits({ caller: context.caller, action: asked, acl, publicGrants });
  };
  if (of === 'OWN_WRITE' && ask('s3:PutObject', bucketAcl(bucket))) {
    return true;
  }
  const list = listFor(action);
  if (list === 'bucket') {
    return ask(action, bucketAcl(bucket));
  }
  if (list === undefined || key === undefined) {
    return false;
  }
  if (access.storedAcl !== undefined) {
    const own = await access.storedAcl();
    return own !== null && ask(action, aclOf(bucket, own));
  }
  if (access.rowId !== undefined) {
    const own = await objectAcl(context, bucket, { key, rowId: access.rowId });
    return own !== undefined && ask(action, own);
  }
  const named = context.facts?.('s3:versionid');
  const acl = await objectAcl(context, bucket, {
    key,
    rowId: typeof named === 'string' ? parseVersionId(named) : null,
  });
  // Who may list the bucket may learn that it lacks the object.
  return acl === undefined ? ask('s3:ListBucket', bucketAcl(bucket)) : ask(action, acl);
}
