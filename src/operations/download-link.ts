import type { DownloadLink } from '../auth/download-link.js';
import { statement } from '../database/database.js';
import { GranaryError } from '../errors.js';
import { noSuchBucket, requireUser } from './authorize.js';
import { authorizeRead } from './authorize-read.js';
import type { Granary, RequestContext } from './context.js';
import type { ObjectAddress, ObjectInfo, VersionAddress } from './types.js';

const longestLink = 7 * 86_400;

export interface DownloadLinkInput {
  address: ObjectAddress;
  object: Pick<ObjectInfo, 'versionId' | 'isLatest' | 'bucketId'>;
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
 * at each download. Who may read only the latest version gets a link to whatever that is.
 */
export async function createDownloadLink(context: RequestContext, input: DownloadLinkInput): Promise<string> {
  const { address, object, expiresIn } = input;
  const caller = requireUser(context);
  if (!Number.isInteger(expiresIn) || expiresIn < 1 || expiresIn > longestLink) {
    throw new GranaryError('InvalidInput', `"expiresIn" must be 1 to ${longestLink} seconds.`, {
      field: ['expiresIn'],
    });
  }
  const { bucket, named } = await authorizeRead(context, { address, object, what: 'content' });
  return context.granary.downloadLinks.sign({
    userId: caller.userId,
    tenantId: bucket.tenantId,
    bucketId: bucket.id,
    key: address.key,
    versionId: named ? object.versionId : null,
    exp: Math.floor(Date.now() / 1000) + expiresIn,
  });
}

/** Whom a link reads for, and what. Throws `Denied` when that user is no longer there, or disabled. */
export async function openDownloadLink(
  granary: Granary,
  link: DownloadLink,
  origin: { requestId: string; sourceIp: string | null },
): Promise<{ context: RequestContext; address: VersionAddress }> {
  const caller = await granary.credentials.findUser(link.userId);
  if (caller === undefined) {
    throw new GranaryError('Denied', 'The download link is not valid.', { reason: 'InvalidLink' });
  }
  const [found] = await granary.database.query<{ bucket: string; tenant: string }>(findLinkedBucket, [
    link.tenantId,
    link.bucketId,
  ]);
  if (found === undefined) {
    throw noSuchBucket('');
  }
  const version = link.versionId === null ? {} : { versionId: link.versionId };
  return { context: { granary, caller, ...origin }, address: { ...found, key: link.key, ...version } };
}
