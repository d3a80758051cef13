import { hashPassword } from '../../auth/password.js';
import { newShareToken, shareDigest } from '../../auth/share-token.js';
import { statement } from '../../database/database.js';
import { ShareLink } from '../../entities/index.js';
import { GranaryError } from '../../errors.js';
import { asking } from '../access/asking.js';
import { authorize, openBucket, requireUser } from '../access/authorize.js';
import { inheritedLimits } from '../access/inherited-limits.js';
import { recordEvent } from '../audit/record-event.js';
import type { BucketState } from '../buckets/bucket-cache.js';
import type { RequestContext } from '../context.js';
import { headObject } from '../objects/get-object.js';
import { bucketOf, listObjects, validListText } from '../objects/list-objects.js';
import type { BucketAddress } from '../types.js';
import { checkedExpiry, checkLimits, type ShareLimits } from './share-limits.js';
import { rulesOfBucket } from './sharing-rules.js';

export interface CreateShareLinkInput extends BucketAddress, ShareLimits {
  /** The object that is shared; either this or a folder. */
  key?: string | undefined;
  /** The folder that is shared, with or without a slash at its end; empty for the whole bucket. */
  folder?: string | undefined;
  /** Of an object: this version. The newest at any time when absent. */
  versionId?: string | undefined;
}

interface Target {
  bucket: BucketState;
  kind: 'OBJECT' | 'FOLDER';
  path: string;
}

const insertLink = statement(
  'insert_share_link',
  `INSERT INTO share_link (tenant_id, bucket_id, user_id, digest, kind, path, version_id, description, password_hash,
     inherited_policies, max_downloads, expires_at)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING *`,
);

const action = 'granary:CreateShareLink';

/**
 * Makes a link that lets whoever has its token see and download an object or a folder, with the caller's own rights,
 * which are asked for now and at every use. The token is given back this once.
 */
export async function createShareLink(
  context: RequestContext,
  input: CreateShareLinkInput,
): Promise<{ link: ShareLink; token: string }> {
  const { userId } = requireUser(context);
  const { bucket, kind, path } =
    input.key === undefined ? await openFolder(context, input) : await openObject(context, input);
  const rules = await rulesOfBucket(context.granary, bucket);
  checkLimits(context.granary, rules, { ...input, hasPassword: input.password != null });
  const expiresAt = checkedExpiry(context, rules, input.expiresAt ?? undefined);
  const inherited = inheritedLimits(context);
  const passwordHash = input.password == null ? null : await hashPassword(input.password);
  const { description = '', maxDownloads = null, versionId = null } = input;
  const token = newShareToken();
  const { database } = context.granary;
  const row = await database.transaction(async (tx) => {
    const place = [bucket.tenantId, bucket.id, userId, shareDigest(token), kind, path, versionId];
    const limits = [description, passwordHash, JSON.stringify(inherited), maxDownloads, expiresAt];
    const [made] = await tx.query<{ id: number }>(insertLink, [...place, ...limits]);
    const details = {
      shareLinkId: made?.id,
      kind,
      path,
      description,
      maxDownloads,
      expiresAt,
      hasPassword: passwordHash !== null,
    };
    const subject = kind === 'OBJECT' ? { key: path } : {};
    await recordEvent(tx, context, { action, tenantId: bucket.tenantId, bucketId: bucket.id, ...subject, details });
    return made ?? {};
  });
  return { link: database.orm.em.fork().map(ShareLink, row), token };
}

async function openObject(context: RequestContext, input: CreateShareLinkInput): Promise<Target> {
  const { key = '', versionId } = input;
  if (input.folder !== undefined) {
    throw new GranaryError('InvalidInput', 'Share either an object (key) or a folder.', { field: ['input', 'folder'] });
  }
  const bucket = await openBucket(context, { ...bucketOf(input), key }, action);
  const { object } = await headObject(context, {
    ...bucketOf(input),
    key,
    ...(versionId === undefined ? {} : { versionId }),
  });
  return { bucket, kind: 'OBJECT', path: object.key };
}

async function openFolder(context: RequestContext, input: CreateShareLinkInput): Promise<Target> {
  if (input.folder === undefined || input.versionId !== undefined) {
    const field = input.folder === undefined ? 'key' : 'versionId';
    throw new GranaryError('InvalidInput', 'Share an object (key, and versionId if need be) or a folder.', {
      field: ['input', field],
    });
  }
  const prefix = folderPrefix(input.folder);
  const bucket = await openBucket(asking(context, { prefix }), bucketOf(input), action);
  await authorize(asking(context, { prefix }), { action: 's3:ListBucket', bucket });
  const { entries } = await listObjects(context, { ...bucketOf(input), prefix, limit: 1 });
  if (entries.length === 0) {
    throw new GranaryError('NotFound', 'There is nothing in this folder.', {
      reason: 'NoSuchFolder',
      field: ['input', 'folder'],
    });
  }
  return { bucket, kind: 'FOLDER', path: prefix };
}

/** What the keys of a folder begin with: it ends with a slash, so that `photos` does not lead to `photos2/`. */
export function folderPrefix(folder: string): string {
  const text = validListText(folder, 'folder');
  return text === '' || text.endsWith('/') ? text : `${text}/`;
}
