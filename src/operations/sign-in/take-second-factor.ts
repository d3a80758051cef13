import { isTotpCode, recoveryCodeDigest, secondFactorSealContext, totpStep } from '../../auth/second-factor.js';
import { type Queryable, statement } from '../../database/database.js';
import type { Granary } from '../context.js';

const findSecret = statement(
  'find_second_factor',
  `SELECT id, secret_sealed AS "secretSealed" FROM second_factor
   WHERE user_id = $1 AND (confirmed_at IS NOT NULL) = $2 FOR UPDATE`,
);
const useStep = statement(
  'use_totp_step',
  'UPDATE second_factor SET last_step = $2 WHERE id = $1 AND last_step < $2 RETURNING id',
);
const useRecoveryCode = statement(
  'use_recovery_code',
  'UPDATE recovery_code SET used_at = now() WHERE digest = $1 AND user_id = $2 AND used_at IS NULL RETURNING user_id',
);

export type FactorState = 'confirmed' | 'unconfirmed';

/** Whether this is a code of the user's authenticator that was not taken before. It is taken by asking. */
export async function takeTotpCode(
  tx: Queryable,
  granary: Granary,
  input: { userId: number; code: string; state: FactorState },
): Promise<boolean> {
  const [factor] = await tx.query<{ id: string; secretSealed: Buffer }>(findSecret, [
    input.userId,
    input.state === 'confirmed',
  ]);
  if (factor === undefined || !isTotpCode(input.code)) {
    return false;
  }
  const secret = granary.secretBox.open(factor.secretSealed, secondFactorSealContext(factor.id));
  const step = totpStep(secret, input.code);
  return step !== undefined && (await tx.query(useStep, [factor.id, step])).length > 0;
}

/** As {@link takeTotpCode} for a factor in use, or one of the user's recovery codes that was not used yet. */
export async function takeSecondFactor(
  tx: Queryable,
  granary: Granary,
  { userId, code }: { userId: number; code: string },
): Promise<boolean> {
  const plain = code.trim();
  if (isTotpCode(plain)) {
    return takeTotpCode(tx, granary, { userId, code: plain, state: 'confirmed' });
  }
  return (await tx.query(useRecoveryCode, [recoveryCodeDigest(plain), userId])).length > 0;
}
