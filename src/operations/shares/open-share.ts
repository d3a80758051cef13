import { type Narrowing, narrowCaller } from '../../auth/narrow-caller.js';
import { networkOf } from '../../auth/network-of.js';
import { isUnlocked, shareDigest } from '../../auth/share-token.js';
import { statement } from '../../database/database.js';
import type { SharingRules } from '../../entities/tenant.js';
import { GranaryError, isGranaryError } from '../../errors.js';
import { asking } from '../access/asking.js';
import { isPermitted, resolveBucket } from '../access/authorize.js';
import type { Granary, RequestContext } from '../context.js';
import type { BucketAddress } from '../types.js';
import { noteVisit } from './note-share-visit.js';
import { strictest } from './sharing-rules.js';

/** Where a visitor comes from, as every operation is told. */
export type VisitorOrigin = Pick<RequestContext, 'requestId' | 'sourceIp' | 'userAgent' | 'facts'>;

/** A visitor at the door. */
export interface Visitor {
  token: string;
  /** What it got for the password. */
  proof?: string | undefined;
  origin: VisitorOrigin;
  /** It goes on with a download, of a file in a folder, for which there may be room when there is none for another. */
  resumes?: { file: string } | undefined;
}

/** A link that is good at this moment. */
export interface OpenShare {
  link: ShareRow;
  bucket: BucketAddress;
  /** With the rights of who made the link. */
  context: RequestContext;
  origin: VisitorOrigin;
}

export interface ShareRow {
  id: number;
  tenantId: number;
  bucketId: number;
  userId: number;
  kind: 'OBJECT' | 'FOLDER';
  path: string;
  versionId: string | null;
  passwordHash: string | null;
  inheritedPolicies: Narrowing[];
  maxDownloads: number | null;
  downloads: number;
  expiresAt: Date | null;
  revoked: boolean;
  expired: boolean;
  usedUp: boolean;
  /** In seconds, since its end was last set. */
  age: number;
  bucketName: string;
  bucketDeleted: boolean;
  tenantName: string;
  bucketSharing: SharingRules | null;
  tenantSharing: SharingRules | null;
}

const findShare = statement(
  'find_share',
  `SELECT l.id, l.tenant_id AS "tenantId", l.bucket_id AS "bucketId", l.user_id AS "userId", l.kind, l.path,
     l.version_id AS "versionId", l.password_hash AS "passwordHash", l.inherited_policies AS "inheritedPolicies",
     l.max_downloads AS "maxDownloads", l.downloads, l.expires_at AS "expiresAt", l.revoked_at IS NOT NULL AS revoked,
     COALESCE(l.expires_at <= now(), false) AS expired, COALESCE(l.downloads >= l.max_downloads, false) AS "usedUp",
     EXTRACT(EPOCH FROM now() - l.expiry_set_at)::float8 AS age, b.name AS "bucketName",
     b.deleted_at IS NOT NULL AS "bucketDeleted", t.name AS "tenantName", b.configuration -> 'sharing' AS "bucketSharing",
     t.sharing AS "tenantSharing"
   FROM share_link l JOIN bucket b ON b.id = l.bucket_id AND b.tenant_id = l.tenant_id JOIN tenant t ON t.id = l.tenant_id
   WHERE l.digest = $1`,
);

const findDownload = statement(
  'find_share_download',
  `SELECT 1 FROM share_download d JOIN object_version v ON v.id = d.version_id
   WHERE d.link_id = $1 AND d.network = $2 AND d.bytes_left > 0 AND d.expires_at > now()
     AND ($3::text IS NULL OR (v.key = $3 AND v.is_latest AND NOT v.delete_marker)) LIMIT 1`,
);

/** Why a link does not open, for who has proved to be let in: strangers are told the same of all. */
export type ShareEnd = 'UNKNOWN' | 'EXPIRED' | 'USED_UP' | 'REVOKED' | 'BLOCKED';

/**
 * Opens a link for a visitor, asking anew whether its maker may still do what it lets others do.
 * @throws GranaryError `NotFound` with reason `ShareEnded` for whatever does not lead anywhere (any more), `Denied` with
 * reason `SharePassword` until the password was given, `RateLimited`.
 */
export async function openShare(granary: Granary, visitor: Visitor): Promise<OpenShare> {
  const share = await openLocked(granary, visitor);
  if (share.link.passwordHash !== null && !hasProof(granary, share.link, visitor.proof)) {
    throw new GranaryError('Denied', 'This link needs its password.', { reason: 'SharePassword' });
  }
  return share;
}

/** As {@link openShare}, before the password. */
export async function openLocked(granary: Granary, visitor: Visitor): Promise<OpenShare> {
  const [link] = await granary.database.query<ShareRow>(findShare, [shareDigest(visitor.token)]);
  const opened = link === undefined ? 'UNKNOWN' : await openFor(granary, link, visitor);
  if (typeof opened === 'object') {
    return opened;
  }
  if (link !== undefined) {
    // Without waiting: a stranger must not tell by the time that there was a link.
    void noteVisit(granary, { linkId: link.id, outcome: 'REFUSED', path: link.path, origin: visitor.origin });
  }
  const knows = link !== undefined && hasProof(granary, link, visitor.proof);
  throw shareEnded(knows ? opened : 'UNKNOWN');
}

/** Why the share does not open, or the share. */
async function openFor(granary: Granary, link: ShareRow, visitor: Visitor): Promise<OpenShare | ShareEnd> {
  const rules = strictest(granary, [link.bucketSharing, link.tenantSharing]);
  if (link.revoked) {
    return 'REVOKED';
  }
  if (link.expired || link.age > (rules.longestSeconds ?? Number.POSITIVE_INFINITY)) {
    return 'EXPIRED';
  }
  if (link.usedUp && !(await mayResume(granary, link, visitor))) {
    return 'USED_UP';
  }
  if (link.bucketDeleted || rules.forbidden || (rules.passwordRequired && link.passwordHash === null)) {
    return 'BLOCKED';
  }
  return (await inMakersName(granary, link, visitor.origin)) ?? 'BLOCKED';
}

/**
 * Whether it goes on with a download of its own: a used-up link tells strangers nothing, whatever they ask for, and who
 * has downloaded one file of a folder nothing of the others.
 */
async function mayResume({ database }: Granary, link: ShareRow, { resumes, origin }: Visitor): Promise<boolean> {
  if (resumes === undefined) {
    return false;
  }
  const key = link.kind === 'FOLDER' ? `${link.path}${resumes.file}` : null;
  if (key !== null && !isKeyText(key)) {
    return false;
  }
  return (await database.query(findDownload, [link.id, visitorNetwork(origin), key])).length > 0;
}

/** What is no text of a key is nothing that PostgreSQL could be asked for. */
function isKeyText(key: string): boolean {
  return !key.includes('\0') && key.isWellFormed();
}

/** Under which a visitor's downloads are kept. */
export function visitorNetwork({ sourceIp }: VisitorOrigin): string {
  return networkOf(sourceIp) ?? 'unknown';
}

/** Undefined when the maker is not there, or may not share this any more. */
async function inMakersName(granary: Granary, link: ShareRow, origin: VisitorOrigin): Promise<OpenShare | undefined> {
  const maker = await granary.credentials.findUser(link.userId);
  const isSuspended = (tenantId: number) => granary.tenants.of(tenantId).suspended;
  if (maker === undefined || isSuspended(maker.tenantId) || isSuspended(link.tenantId)) {
    return undefined;
  }
  const bucket = { bucket: link.bucketName, tenant: link.tenantName };
  const context = { granary, caller: narrowCaller(maker, link.inheritedPolicies), ...origin };
  const share = { link, bucket, context, origin };
  return (await mayShare(share)) ? share : undefined;
}

async function mayShare({ context, bucket: address, link }: OpenShare): Promise<boolean> {
  try {
    const bucket = await resolveBucket(context, address);
    if (bucket.id !== link.bucketId) {
      return false;
    }
    // The same question as when the link was made: conditions on the prefix count for a folder.
    const action = 'granary:CreateShareLink';
    return link.kind === 'OBJECT'
      ? await isPermitted(context, { action, bucket, key: link.path })
      : await isPermitted(asking(context, { prefix: link.path }), { action, bucket });
  } catch (error) {
    if (isGranaryError(error, 'NotFound')) {
      return false;
    }
    throw error;
  }
}

/** True when the visitor has given the link's password. */
function hasProof({ secretBox }: Granary, { id, passwordHash }: ShareRow, proof: string | undefined): boolean {
  return passwordHash !== null && isUnlocked(secretBox, { id, passwordHash }, proof);
}

const ends: Record<ShareEnd, string> = {
  UNKNOWN: 'There is nothing here. The link may be wrong, or it may have ended.',
  EXPIRED: 'This link has expired.',
  USED_UP: 'This link has been used as often as it may be.',
  REVOKED: 'This link was taken back.',
  BLOCKED: 'What this link leads to is not shared any more.',
};

export function shareEnded(end: ShareEnd): GranaryError {
  return new GranaryError('NotFound', ends[end], { reason: 'ShareEnded' });
}
