import type { DownloadLink } from '../../auth/download-link.js';
import { narrowCaller } from '../../auth/narrow-caller.js';
import { statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import type { StoredAcl } from '../access/acl-access.js';
import { asking } from '../access/asking.js';
import { isPermitted, noSuchBucket, requireUser, resolveBucket } from '../access/authorize.js';
import { readingRight } from '../access/authorize-read.js';
import { inheritedLimits, limitedExpiry } from '../access/inherited-limits.js';
import type { ZipFolderInput } from '../archives/zip-folder.js';
import type { Granary, RequestContext } from '../context.js';
import type { BucketAddress, ObjectAddress, ObjectInfo, VersionAddress } from '../types.js';

const longestLink = 7 * 86_400;

/** As long as keys can be: a longer prefix has no objects. */
const longestPrefix = 1024;

export interface DownloadLinkInput {
  address: ObjectAddress;
  object: Pick<ObjectInfo, 'id' | 'versionId' | 'isLatest' | 'bucketId' | 'tags'>;
  /** Its access control list, for who reads those of many at once. */
  storedAcl?: () => Promise<StoredAcl | null>;
  /** In seconds, 1 to 604800. */
  expiresIn: number;
}

const findLinkedBucket = statement(
  'find_linked_bucket',
  `SELECT b.name AS bucket, t.name AS tenant FROM bucket b JOIN tenant t ON t.id = b.tenant_id
   WHERE b.tenant_id = $1 AND b.id = $2 AND b.deleted_at IS NULL`,
);

/**
 * A token that lets whoever holds it read one object with the caller's own rights, which are asked for now and again
 * at each download. Who may read only the latest version gets a link to whatever that is, and who may read none gets null.
 */
export async function createDownloadLink(context: RequestContext, input: DownloadLinkInput): Promise<string | null> {
  const { address, object, expiresIn } = input;
  const caller = requireUser(context);
  const exp = expiryOf(context, expiresIn);
  const right = await readingRight(context, { ...input, what: 'content' });
  if (right === undefined) {
    return null;
  }
  const { bucket, named } = right;
  return context.granary.downloadLinks.sign({
    kind: 'object',
    userId: caller.userId,
    tenantId: bucket.tenantId,
    bucketId: bucket.id,
    key: address.key,
    versionId: named ? object.versionId : null,
    exp,
    limits: inheritedLimits(context),
  });
}

export interface FolderLinkInput extends BucketAddress {
  /** What the keys begin with; empty for the whole bucket. */
  prefix: string;
  /** In seconds, 1 to 604800. */
  expiresIn: number;
}

/**
 * A token that lets whoever holds it download a folder as a zip with the caller's own rights: to list, which is asked
 * for now too, and to read each object, which is asked for at each download. Null for who may not list.
 */
export async function createFolderLink(context: RequestContext, input: FolderLinkInput): Promise<string | null> {
  const { prefix, expiresIn } = input;
  const caller = requireUser(context);
  const exp = expiryOf(context, expiresIn);
  if (prefix.includes('\0') || !prefix.isWellFormed() || Buffer.byteLength(prefix) > longestPrefix) {
    throw new GranaryError('InvalidInput', `A prefix is Unicode without NUL, at most ${longestPrefix} bytes.`, {
      reason: 'InvalidArgument',
      field: ['prefix'],
    });
  }
  const bucket = await resolveBucket(context, input);
  if (!(await isPermitted(asking(context, { prefix }), { action: 's3:ListBucket', bucket }))) {
    return null;
  }
  const { userId } = caller;
  const { tenantId, id: bucketId } = bucket;
  const limits = inheritedLimits(context);
  return context.granary.downloadLinks.sign({ kind: 'folder', userId, tenantId, bucketId, prefix, exp, limits });
}

/** What a link leads to, and in whose name. */
export type OpenedLink = { context: RequestContext } & (
  | { kind: 'object'; address: VersionAddress }
  | { kind: 'folder'; folder: ZipFolderInput }
);

/** Whom a link reads for, and what. Throws `Denied` when that user is no longer there, or disabled. */
export async function openDownloadLink(
  granary: Granary,
  link: DownloadLink,
  origin: Pick<RequestContext, 'requestId' | 'sourceIp' | 'userAgent' | 'facts'>,
): Promise<OpenedLink> {
  const caller = await granary.credentials.findUser(link.userId);
  if (caller === undefined) {
    throw new GranaryError('Denied', 'The download link is not valid.', { reason: 'InvalidLink' });
  }
  granary.tenants.refuseSuspended(caller.tenantId);
  const [found] = await granary.database.query<{ bucket: string; tenant: string }>(findLinkedBucket, [
    link.tenantId,
    link.bucketId,
  ]);
  if (found === undefined) {
    throw noSuchBucket('');
  }
  const context = { granary, caller: narrowCaller(caller, link.limits), ...origin };
  if (link.kind === 'folder') {
    return { kind: 'folder', context, folder: { ...found, prefix: link.prefix } };
  }
  const version = link.versionId === null ? {} : { versionId: link.versionId };
  return { kind: 'object', context, address: { ...found, key: link.key, ...version } };
}

/** In seconds since 1970, not after the caller's key ends. Throws unless the link is to be good for 1 to 604800 seconds. */
function expiryOf(context: RequestContext, expiresIn: number): number {
  if (!Number.isInteger(expiresIn) || expiresIn < 1 || expiresIn > longestLink) {
    throw new GranaryError('InvalidInput', `"expiresIn" must be 1 to ${longestLink} seconds.`, {
      field: ['expiresIn'],
    });
  }
  const wanted = new Date(Date.now() + expiresIn * 1000);
  return Math.floor((limitedExpiry(context, wanted) ?? wanted).getTime() / 1000);
}
