import { createHmac } from 'node:crypto';
import { networkOf } from '../../auth/network-of.js';
import { verifyPassword } from '../../auth/password.js';
import { proveUnlocked } from '../../auth/share-token.js';
import { GranaryError, isGranaryError } from '../../errors.js';
import { recordEvent } from '../audit/record-event.js';
import type { Granary } from '../context.js';
import { admitAttempt, forgetAttempts, type Subject } from '../sign-in/attempts.js';
import { noteVisit, recordVisit } from './note-share-visit.js';
import { type OpenShare, openLocked, type Visitor } from './open-share.js';

/** So many wrong passwords by a link, wherever they come from, to each one that an address may give. */
const linkFactor = 10;
const longestWaitSeconds = 900;
/** Whoever has the link can keep others waiting, but not for long. */
const longestLinkWaitSeconds = 60;

/**
 * What a visitor gets for a link's password: what {@link openShare} takes for it. Undefined for a link without one.
 * @throws GranaryError as {@link openShare}; `Denied` with reason `WrongPassword`; `RateLimited` after too many of them.
 */
export async function unlockShare(
  granary: Granary,
  { password, ...visitor }: Visitor & { password: string },
): Promise<{ proof: string; expiresAt: Date } | undefined> {
  const share = await openLocked(granary, visitor);
  const { id, path, passwordHash } = share.link;
  if (passwordHash === null) {
    return undefined;
  }
  const subjects = subjectsOf(granary, share);
  await admit(share, subjects);
  if (!(await verifyPassword(passwordHash, password))) {
    await recordFailure(share);
    throw new GranaryError('Denied', 'This is not the password.', { reason: 'WrongPassword' });
  }
  await forgetAttempts(granary.database, subjects);
  await noteVisit(granary, { linkId: id, outcome: 'UNLOCKED', path, origin: visitor.origin });
  return proveUnlocked(granary.secretBox, { id, passwordHash });
}

async function admit({ context: { granary }, link, origin }: OpenShare, subjects: readonly Subject[]): Promise<void> {
  try {
    await admitAttempt(granary.database, subjects);
  } catch (error) {
    if (isGranaryError(error, 'RateLimited')) {
      await noteVisit(granary, { linkId: link.id, outcome: 'THROTTLED', path: link.path, origin });
    }
    throw error;
  }
}

async function recordFailure({ context, link, origin }: OpenShare): Promise<void> {
  const { requestId, sourceIp, userAgent } = origin;
  await context.granary.database.transaction(async (tx) => {
    await recordVisit(tx, { linkId: link.id, outcome: 'WRONG_PASSWORD', path: link.path, origin });
    const { tenantId, bucketId } = link;
    const details = { shareLinkId: link.id, reason: 'password' };
    const event = { action: 'granary:UseShareLink', outcome: 'FAILURE', tenantId, bucketId, details } as const;
    await recordEvent(tx, { requestId, sourceIp, userAgent }, event);
  });
}

/** Counted together: what comes from one address, and whatever comes by the link. */
function subjectsOf(granary: Granary, { link, origin }: OpenShare): Subject[] {
  const free = granary.settings.signInAttempts;
  const network = networkOf(origin.sourceIp) ?? 'unknown';
  const digest = (...parts: (string | number)[]) =>
    createHmac('sha256', granary.secretBox.derive('share-throttle')).update(JSON.stringify(parts)).digest();
  return [
    { digest: digest('link at address', link.id, network), free, longestSeconds: longestWaitSeconds },
    { digest: digest('link', link.id), free: free * linkFactor, longestSeconds: longestLinkWaitSeconds },
  ];
}
