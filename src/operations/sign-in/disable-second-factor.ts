import { statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import { recordEvent } from '../audit/record-event.js';
import type { RequestContext } from '../context.js';
import { requireSession } from './require-session.js';
import { reverifyPassword } from './reverify-password.js';
import { countFailure } from './sign-in-throttle.js';
import { takeSecondFactor } from './take-second-factor.js';

const deleteFactor = statement('disable_second_factor', 'DELETE FROM second_factor WHERE user_id = $1');
const deleteCodes = statement('disable_recovery_codes', 'DELETE FROM recovery_code WHERE user_id = $1');

/** Takes the caller's second factor out of use. It wants both: the password, and a code (or a recovery code). */
export async function disableSecondFactor(
  context: RequestContext,
  input: { password: string; code: string },
): Promise<void> {
  const caller = requireSession(context, 'granary:SetSecondFactor');
  const { userId, username, tenantId, tenantName: tenant } = caller;
  const { granary } = context;
  await reverifyPassword(context, caller, { password: input.password, field: 'password' });
  const isTaken = await granary.database.transaction(async (tx) => {
    if (!(await takeSecondFactor(tx, granary, { userId, code: input.code }))) {
      return false;
    }
    await tx.query(deleteFactor, [userId]);
    await tx.query(deleteCodes, [userId]);
    await recordEvent(tx, context, { action: 'granary:DisableSecondFactor', tenantId });
    return true;
  });
  if (!isTaken) {
    await countFailure(granary, { tenant, username, userId }, context);
    throw new GranaryError('InvalidInput', 'The code is wrong, or was used before.', {
      reason: 'InvalidCode',
      field: ['input', 'code'],
    });
  }
}
