import type { Narrowing } from '../../auth/narrow-caller.js';
import { GranaryError } from '../../errors.js';
import type { RequestContext } from '../context.js';
import { requireUser } from './authorize.js';

/**
 * What the caller was narrowed to, for a key or a link that it makes: these must not be stronger than their maker. Throws
 * `Denied` when that is not known in a form that can be kept.
 */
export function inheritedLimits(context: RequestContext): readonly Narrowing[] {
  const { sessionPolicies, narrowings = [] } = requireUser(context);
  if (narrowings.length !== sessionPolicies.length) {
    throw new GranaryError(
      'Denied',
      'This session cannot hand its own limits on, so it makes neither keys nor links.',
      {
        reason: 'AccessDenied',
      },
    );
  }
  return narrowings;
}

/** When a key ends that is wanted until then: not after the key that the caller has come with. */
export function limitedExpiry(context: RequestContext, wanted: Date | undefined): Date | undefined {
  const { expiresAt } = requireUser(context);
  return expiresAt !== undefined && (wanted === undefined || wanted > expiresAt) ? expiresAt : wanted;
}
