import { type Acl, type AclGroup, type AclUser, isPublicAcl, type Permission } from '../../auth/acl/acl.js';
import { type CannedAcl, cannedAcl } from '../../auth/acl/canned-acl.js';
import { statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import type { BucketState } from '../buckets/bucket-cache.js';
import type { RequestContext } from '../context.js';
import { ownerOf, usesAcls } from './acl-access.js';
import { type AccessRequest, accessDenied, denial, isPermitted, mayByOwnPolicies } from './authorize.js';

/** Whom a writer names: by canonical id, by e-mail address, or a group. */
export type AskedGrantee = { canonicalId: string } | { email: string } | { group: AclGroup };

export interface AskedGrant {
  grantee: AskedGrantee;
  permission: Permission;
}

/** The list that a writer asks for: one of S3's canned ones, or grants one by one. */
export type AskedAcl = { canned: CannedAcl } | { grants: readonly AskedGrant[]; owner?: string | undefined };

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html */
const maxGrants = 100;

const findUsers = statement(
  'find_grantees',
  `SELECT u.canonical_id AS "canonicalId", u.display_name AS "displayName", lower(u.email) AS email
   FROM user_account u WHERE u.canonical_id = ANY ($1::text[]) OR lower(u.email) = ANY ($2::text[])`,
);

/** The list that was asked for, with everyone in it found. */
export async function resolveAcl(
  context: RequestContext,
  asked: AskedAcl,
  owners: { owner: AclUser; bucketOwner: AclUser },
): Promise<Acl> {
  if ('canned' in asked) {
    return cannedAcl(asked.canned, owners);
  }
  const { owner } = owners;
  if (asked.owner !== undefined && asked.owner !== owner.canonicalId) {
    throw accessDenied();
  }
  if (asked.grants.length > maxGrants) {
    throw new GranaryError('InvalidInput', `An access control list has at most ${maxGrants} grants.`, {
      reason: 'MalformedACLError',
    });
  }
  const find = await grantees(context, asked.grants);
  return { owner, grants: asked.grants.map(({ grantee, permission }) => ({ grantee: find(grantee), permission })) };
}

/**
 * The list of an object that is being written: null for its writer alone. Throws `AccessControlListNotSupported` where
 * lists do not count, unless it is one that says what is the case anyway.
 */
export async function aclOfWrite(
  context: RequestContext,
  bucket: BucketState,
  { key, acl: asked }: { key: string; acl?: AskedAcl | undefined },
): Promise<Acl | null> {
  if (asked === undefined) {
    return null;
  }
  const bucketOwner = ownerOf(bucket);
  const { caller } = context;
  const writer =
    caller.kind === 'user' ? { canonicalId: caller.canonicalId, displayName: caller.displayName } : bucketOwner;
  if (!usesAcls(bucket)) {
    await refuseAcl(context, asked, { action: 's3:PutObject', bucket, key });
    return null;
  }
  const isHandedOver =
    bucket.configuration.objectOwnership === 'BucketOwnerPreferred' &&
    'canned' in asked &&
    asked.canned === 'bucket-owner-full-control';
  const owner = isHandedOver ? bucketOwner : writer;
  const acl = await resolveAcl(context, asked, { owner, bucketOwner });
  if (!givesNothingAway(acl, bucketOwner)) {
    await requireRight(context, bucket, key);
  }
  refusePublic(bucket, acl);
  return acl;
}

/** Throws AccessDenied when the list is public and the bucket blocks that. */
export function refusePublic({ configuration }: BucketState, acl: Acl): void {
  if (configuration.publicAccessBlock?.blockPublicAcls === true && isPublicAcl(acl)) {
    throw accessDenied();
  }
}

/**
 * Throws where lists do not count, unless this one leaves everything to the bucket's owner. `private` leaves it to its
 * writer, who in AWS is the account: here that is the owner, and whoever acts by policies of its own. Whom only the
 * bucket's policy lets in comes from another account there.
 */
export async function refuseAcl(context: RequestContext, asked: AskedAcl, access: AccessRequest): Promise<void> {
  if (!(await isMoot(context, asked, access))) {
    throw aclsNotSupported();
  }
}

async function isMoot(context: RequestContext, asked: AskedAcl, access: AccessRequest): Promise<boolean> {
  const { canonicalId } = ownerOf(access.bucket);
  if (!('canned' in asked)) {
    return asked.grants.every(
      ({ grantee, permission }) =>
        permission === 'FULL_CONTROL' && 'canonicalId' in grantee && grantee.canonicalId === canonicalId,
    );
  }
  const { caller } = context;
  const isOwner = caller.kind === 'user' && caller.canonicalId === canonicalId;
  return (
    asked.canned === 'bucket-owner-full-control' ||
    (asked.canned === 'private' && (isOwner || (await mayByOwnPolicies(context, access))))
  );
}

/** True for a list that grants nothing to anybody but the owner. */
export function isOwnersAlone({ owner, grants }: Acl): boolean {
  const [only, ...others] = grants;
  const isOwners = only?.grantee.kind === 'user' && only.grantee.canonicalId === owner.canonicalId;
  return isOwners && only.permission === 'FULL_CONTROL' && others.length === 0;
}

/**
 * True when nobody but the writer and the bucket's owner is granted anything: policies that let write on condition of
 * such a list need not let set lists.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html#grant-putobject-conditionally-1
 */
function givesNothingAway({ owner, grants }: Acl, bucketOwner: AclUser): boolean {
  const known = [owner.canonicalId, bucketOwner.canonicalId];
  return grants.every(({ grantee }) => grantee.kind === 'user' && known.includes(grantee.canonicalId));
}

/** Lists that say something, and an ownership under which they do not count, exclude each other. */
export function aclsAndOwnership(): GranaryError {
  return new GranaryError(
    'InvalidInput',
    "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
    { reason: 'InvalidBucketAclWithObjectOwnership' },
  );
}

function aclsNotSupported(): GranaryError {
  return new GranaryError('InvalidInput', 'The bucket does not allow ACLs', {
    reason: 'AccessControlListNotSupported',
  });
}

/** Who may write into the bucket by its list owns what it writes, and may say who else can read it. */
async function requireRight(context: RequestContext, bucket: BucketState, key: string): Promise<void> {
  const request = { action: 's3:PutObjectAcl', bucket, key, of: 'OWN_WRITE' } as const;
  if (!(await isPermitted(context, request))) {
    throw await denial(context, request);
  }
}

async function grantees(
  { granary }: RequestContext,
  grants: readonly AskedGrant[],
): Promise<(asked: AskedGrantee) => Acl['grants'][number]['grantee']> {
  const ids = grants.flatMap(({ grantee }) => ('canonicalId' in grantee ? [grantee.canonicalId] : []));
  const emails = grants.flatMap(({ grantee }) => ('email' in grantee ? [grantee.email.toLowerCase()] : []));
  const users =
    ids.length + emails.length === 0
      ? []
      : await granary.database.query<AclUser & { email: string | null }>(findUsers, [
          ids.filter(isText),
          emails.filter(isText),
        ]);
  return (asked) => {
    if ('group' in asked) {
      return { kind: 'group', group: asked.group };
    }
    if ('email' in asked) {
      const [user, ...others] = users.filter(({ email }) => email === asked.email.toLowerCase());
      if (user === undefined || others.length > 0) {
        throw unresolvable(user === undefined ? 'Unresolvable' : 'Ambiguous');
      }
      return { kind: 'user', canonicalId: user.canonicalId, displayName: user.displayName };
    }
    const user = users.find(({ canonicalId }) => canonicalId === asked.canonicalId);
    if (user === undefined) {
      throw new GranaryError('InvalidInput', 'Invalid id', {
        reason: 'InvalidArgument',
        data: { ArgumentName: 'CanonicalUser/ID', ArgumentValue: asked.canonicalId },
      });
    }
    return { kind: 'user', canonicalId: user.canonicalId, displayName: user.displayName };
  };
}

function unresolvable(how: 'Unresolvable' | 'Ambiguous'): GranaryError {
  const message =
    how === 'Unresolvable'
      ? 'The e-mail address you provided does not match any account on record.'
      : 'The e-mail address you provided is associated with more than one account.';
  return new GranaryError('InvalidInput', message, { reason: `${how}GrantByEmailAddress` });
}

/** False for what no row can hold. */
function isText(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}
