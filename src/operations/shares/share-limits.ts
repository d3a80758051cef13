import type { SharingRules } from '../../entities/tenant.js';
import { GranaryError } from '../../errors.js';
import { limitedExpiry } from '../access/inherited-limits.js';
import type { Granary, RequestContext } from '../context.js';
import { validateExpiry, validateText } from '../identities/identity-input.js';
import { requireGoodPassword } from '../sign-in/store-password.js';

/** What whoever makes a link can limit it to. Null takes a limit away. */
export interface ShareLimits {
  /** What the link is for. */
  description?: string | undefined;
  /** Asked of every visitor. */
  password?: string | null | undefined;
  /** As late as the rules allow when it is null or absent. */
  expiresAt?: Date | null | undefined;
  maxDownloads?: number | null | undefined;
}

const mostDownloads = 1_000_000_000;

/** Throws `InvalidInput` for what is no limit, and `Denied` for what the rules of the bucket and its tenant forbid. */
export function checkLimits(
  granary: Granary,
  rules: Readonly<SharingRules>,
  { description, password, maxDownloads, hasPassword }: ShareLimits & { hasPassword: boolean },
): void {
  if (rules.forbidden) {
    throw new GranaryError('Denied', 'Nothing of this bucket may be shared by link.', { reason: 'SharingForbidden' });
  }
  if (description !== undefined) {
    validateText(description, 'description');
  }
  if (password != null) {
    requireGoodPassword(granary, { username: '', password, field: 'password' });
  }
  if (rules.passwordRequired && !hasPassword) {
    throw new GranaryError('InvalidInput', 'Links into this bucket need a password.', {
      reason: 'PasswordRequired',
      field: ['input', 'password'],
    });
  }
  if (maxDownloads != null && !(Number.isInteger(maxDownloads) && maxDownloads >= 1 && maxDownloads <= mostDownloads)) {
    throw new GranaryError('InvalidInput', `The number of downloads is 1 to ${mostDownloads}.`, {
      field: ['input', 'maxDownloads'],
    });
  }
}

/** When a link ends that is wanted until then: the latest that rules and the caller's own key allow when that is open. */
export function checkedExpiry(
  context: RequestContext,
  { longestSeconds }: Readonly<SharingRules>,
  wanted: Date | undefined,
): Date | null {
  if (wanted !== undefined) {
    validateExpiry(wanted);
  }
  const latest = longestSeconds === undefined ? undefined : new Date(Date.now() + longestSeconds * 1000);
  if (latest !== undefined && wanted !== undefined && wanted > latest) {
    throw new GranaryError(
      'InvalidInput',
      `Links into this bucket end after ${longestSeconds} seconds at the latest.`,
      {
        reason: 'ExpiryTooLate',
        field: ['input', 'expiresAt'],
      },
    );
  }
  return limitedExpiry(context, wanted ?? latest) ?? null;
}
