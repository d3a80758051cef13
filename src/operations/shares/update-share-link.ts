import { hashPassword } from '../../auth/password.js';
import { statement } from '../../database/database.js';
import { ShareLink } from '../../entities/index.js';
import { GranaryError } from '../../errors.js';
import { recordEvent } from '../audit/record-event.js';
import type { RequestContext } from '../context.js';
import { lockShareLink } from './find-share-link.js';
import { checkedExpiry, checkLimits, type ShareLimits } from './share-limits.js';
import { rulesOfBucket } from './sharing-rules.js';

export interface UpdateShareLinkInput extends ShareLimits {
  id: number;
}

const updateRow = statement(
  'update_share_link',
  `UPDATE share_link SET description = COALESCE($2, description),
     password_hash = CASE WHEN $3 THEN $4 ELSE password_hash END,
     expires_at = CASE WHEN $5 THEN $6::timestamptz ELSE expires_at END,
     expiry_set_at = CASE WHEN $5 THEN now() ELSE expiry_set_at END,
     max_downloads = CASE WHEN $7 THEN $8::integer ELSE max_downloads END
   WHERE id = $1 RETURNING *`,
);

const action = 'granary:UpdateShareLink';

/** Changes what is given of a link; what is absent stays. Who gave the old password has to give the new one. */
export async function updateShareLink(context: RequestContext, input: UpdateShareLinkInput): Promise<ShareLink> {
  const { granary } = context;
  const passwordHash = await hashFor(context, input);
  const row = await granary.database.transaction(async (tx) => {
    const link = await lockShareLink(tx, context, { action, id: input.id });
    if (link.revokedAt !== null) {
      throw new GranaryError('Conflict', 'The link was taken back. Make another one.', { reason: 'ShareLinkRevoked' });
    }
    const rules = await rulesOfBucket(granary, { id: link.bucketId, tenantId: link.tenantId });
    const hasPassword = input.password === undefined ? link.hasPassword : input.password !== null;
    checkLimits(granary, rules, { ...input, hasPassword });
    const expiresAt =
      input.expiresAt === undefined ? undefined : checkedExpiry(context, rules, input.expiresAt ?? undefined);
    const { description, password, maxDownloads } = input;
    const [changed] = await tx.query<object>(updateRow, [
      ...[link.id, description ?? null, password !== undefined, passwordHash],
      ...[expiresAt !== undefined, expiresAt ?? null, maxDownloads !== undefined, maxDownloads ?? null],
    ]);
    const details = { shareLinkId: link.id, description, expiresAt, maxDownloads, hasPassword };
    await recordEvent(tx, context, { action, tenantId: link.tenantId, bucketId: link.bucketId, details });
    return changed ?? {};
  });
  return granary.database.orm.em.fork().map(ShareLink, row);
}

/** Hashing is costly: only for who may change the link, and not while its row is locked. */
async function hashFor(context: RequestContext, { id, password }: UpdateShareLinkInput): Promise<string | null> {
  if (password == null) {
    return null;
  }
  await context.granary.database.transaction((tx) => lockShareLink(tx, context, { action, id }));
  return hashPassword(password);
}
