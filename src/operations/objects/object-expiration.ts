import { resolveBucket } from '../access/authorize.js';
import type { RequestContext } from '../context.js';
import { expirationOf, realDay } from '../lifecycle/lifecycle-due.js';
import type { BucketAddress, ObjectInfo } from '../types.js';

/**
 * When a rule of its bucket will delete an object that the caller was let see, and which rule; null when none will. The
 * date is by real days also where shorter ones are set, for dates are all that clients can read of it.
 */
export async function objectExpiration(
  context: RequestContext,
  address: BucketAddress,
  object: ObjectInfo,
): Promise<{ at: Date; ruleId: string } | null> {
  const { lifecycle } = await resolveBucket(context, address);
  return lifecycle.length === 0 ? null : expirationOf(lifecycle, object, realDay);
}
