import { newRecoveryCodes, recoveryCodeDigest } from '../../auth/second-factor.js';
import { type Queryable, statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import { recordEvent } from '../audit/record-event.js';
import type { RequestContext } from '../context.js';
import { requireSession } from './require-session.js';
import { countFailure, refuseThrottled } from './sign-in-throttle.js';
import { type FactorState, takeTotpCode } from './take-second-factor.js';

const confirmFactor = statement(
  'confirm_second_factor',
  'UPDATE second_factor SET confirmed_at = now() WHERE user_id = $1',
);
const deleteCodes = statement('delete_old_recovery_codes', 'DELETE FROM recovery_code WHERE user_id = $1');
const insertCodes = statement(
  'insert_recovery_codes',
  'INSERT INTO recovery_code (digest, user_id) SELECT unnest($2::bytea[]), $1',
);

/** Takes the caller's second factor into use, with a code that it made. @returns the recovery codes, shown once. */
export async function confirmSecondFactor(context: RequestContext, input: { code: string }): Promise<string[]> {
  return withCode(context, { ...input, state: 'unconfirmed', action: 'granary:ConfirmSecondFactor' });
}

/** Replaces the caller's recovery codes. @returns the new ones, shown once. */
export async function renewRecoveryCodes(context: RequestContext, input: { code: string }): Promise<string[]> {
  return withCode(context, { ...input, state: 'confirmed', action: 'granary:RenewRecoveryCodes' });
}

async function withCode(
  context: RequestContext,
  input: { code: string; state: FactorState; action: string },
): Promise<string[]> {
  const caller = requireSession(context, 'granary:SetSecondFactor');
  const { userId, username, tenantId, tenantName: tenant } = caller;
  const { granary } = context;
  await refuseThrottled(granary, { tenant, username, userId }, context);
  const codes = newRecoveryCodes();
  const isTaken = await granary.database.transaction(async (tx) => {
    const { state, action } = input;
    if (!(await takeTotpCode(tx, granary, { userId, code: input.code.trim(), state }))) {
      return false;
    }
    await tx.query(confirmFactor, [userId]);
    await storeCodes(tx, userId, codes);
    await recordEvent(tx, context, { action, tenantId });
    return true;
  });
  if (!isTaken) {
    await countFailure(granary, { tenant, username, userId }, context);
    throw new GranaryError('InvalidInput', 'The code is wrong, or was used before.', {
      reason: 'InvalidCode',
      field: ['input', 'code'],
    });
  }
  return codes;
}

async function storeCodes(tx: Queryable, userId: number, codes: readonly string[]): Promise<void> {
  await tx.query(deleteCodes, [userId]);
  await tx.query(insertCodes, [userId, codes.map(recoveryCodeDigest)]);
}
