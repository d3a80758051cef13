import { statement } from '../../database/database.js';
import { ownerOf, usesAcls } from '../access/acl-access.js';
import type { BucketState } from '../buckets/bucket-cache.js';
import type { RequestContext } from '../context.js';

/** An owner as listings show one. */
export interface ListedOwner {
  canonicalId: string;
  displayName: string;
}

/** Says whose each thing is. */
export type ListedOwners<Id> = (id: Id) => ListedOwner;

type OwnerRow<Id> = { [Field in keyof ListedOwner]: string | null } & { id: Id };

const versionOwners = statement(
  'list_version_owners',
  `SELECT v.id, COALESCE(v.acl #>> '{owner,canonicalId}', u.canonical_id) AS "canonicalId",
     COALESCE(v.acl #>> '{owner,displayName}', u.display_name) AS "displayName"
   FROM object_version v LEFT JOIN user_account u ON u.id = v.owner_id
   WHERE v.bucket_id = $1 AND v.id = ANY ($2::bigint[])`,
);

const uploadOwners = statement(
  'list_upload_owners',
  `SELECT replace(p.id::text, '-', '') AS id, u.canonical_id AS "canonicalId", u.display_name AS "displayName"
   FROM upload p JOIN user_account u ON u.id = p.owner_id WHERE p.bucket_id = $1 AND p.id = ANY ($2::uuid[])`,
);

const futureOwners = statement(
  'list_future_owners',
  `SELECT replace(p.id::text, '-', '') AS id, COALESCE(p.acl #>> '{owner,canonicalId}', u.canonical_id) AS "canonicalId",
     COALESCE(p.acl #>> '{owner,displayName}', u.display_name) AS "displayName"
   FROM upload p LEFT JOIN user_account u ON u.id = p.owner_id WHERE p.bucket_id = $1 AND p.id = ANY ($2::uuid[])`,
);

/**
 * Whose the versions of a bucket are: the bucket's owner's, or where lists count their writers'. Whoever may list them
 * may know.
 */
export async function ownersOfVersions(
  { granary }: RequestContext,
  bucket: BucketState,
  ids: readonly number[],
): Promise<ListedOwners<number>> {
  const rows =
    !usesAcls(bucket) || ids.length === 0
      ? []
      : await granary.database.query<OwnerRow<number>>(versionOwners, [bucket.id, ids]);
  return ownersFrom(bucket, rows);
}

/** Who began the uploads of a bucket, for whoever may list them; their ids are in hex. */
export async function initiatorsOf(
  { granary }: RequestContext,
  bucket: BucketState,
  ids: readonly string[],
): Promise<ListedOwners<string>> {
  const rows = ids.length === 0 ? [] : await granary.database.query<OwnerRow<string>>(uploadOwners, [bucket.id, ids]);
  return ownersFrom(bucket, rows);
}

/** Whose the objects will be that uploads of a bucket make, as of versions; their ids are in hex. */
export async function ownersOfUploads(
  { granary }: RequestContext,
  bucket: BucketState,
  ids: readonly string[],
): Promise<ListedOwners<string>> {
  const rows =
    !usesAcls(bucket) || ids.length === 0
      ? []
      : await granary.database.query<OwnerRow<string>>(futureOwners, [bucket.id, ids]);
  return ownersFrom(bucket, rows);
}

function ownersFrom<Id>(bucket: BucketState, rows: OwnerRow<Id>[]): ListedOwners<Id> {
  const bucketOwner = ownerOf(bucket);
  // One object for each owner, so that what is made of it need be made but once.
  const owners = new Map<string, ListedOwner>();
  const byId = new Map<Id, ListedOwner>();
  for (const { id, canonicalId, displayName } of rows) {
    if (canonicalId !== null) {
      const owner = owners.get(canonicalId) ?? { canonicalId, displayName: displayName ?? '' };
      owners.set(canonicalId, owner);
      byId.set(id, owner);
    }
  }
  return (id) => byId.get(id) ?? bucketOwner;
}
