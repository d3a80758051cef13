import { randomUUID } from 'node:crypto';
import { newTotpSecret, secondFactorSealContext, totpUri } from '../../auth/second-factor.js';
import { statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import { recordEvent } from '../audit/record-event.js';
import type { RequestContext } from '../context.js';
import { requireSession } from './require-session.js';

const insertFactor = statement(
  'insert_second_factor',
  `INSERT INTO second_factor AS f (id, user_id, secret_sealed) VALUES ($1, $2, $3)
   ON CONFLICT (user_id) DO UPDATE SET id = EXCLUDED.id, secret_sealed = EXCLUDED.secret_sealed, last_step = 0,
     created_at = now()
   WHERE f.confirmed_at IS NULL RETURNING id`,
);

const isOfProvider = statement(
  'is_user_of_provider',
  `SELECT 1 AS found FROM user_account WHERE id = $1 AND source = 'OIDC'`,
);

/**
 * Begins with a second factor: makes the secret that the caller's authenticator needs. It counts once
 * `confirmSecondFactor` has seen a code. @returns the secret as an otpauth URI; nobody can read it again.
 */
export async function enrollSecondFactor(context: RequestContext): Promise<string> {
  const caller = requireSession(context, 'granary:SetSecondFactor');
  const { database, secretBox } = context.granary;
  if ((await database.query(isOfProvider, [caller.userId])).length > 0) {
    throw new GranaryError(
      'NotSupported',
      'The provider that you sign in at asks for a second factor; set it up there.',
    );
  }
  const id = randomUUID();
  const secret = newTotpSecret();
  const sealed = secretBox.seal(secret, secondFactorSealContext(id));
  await database.transaction(async (tx) => {
    const made = await tx.query(insertFactor, [id, caller.userId, sealed]);
    if (made.length === 0) {
      throw new GranaryError('Conflict', 'There is a second factor already. Disable it first.', {
        reason: 'SecondFactorExists',
      });
    }
    await recordEvent(tx, context, { action: 'granary:EnrollSecondFactor', tenantId: caller.tenantId });
  });
  return totpUri(secret, `${caller.username}@${caller.tenantName}`);
}
