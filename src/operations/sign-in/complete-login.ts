import { type Queryable, statement } from '../../database/database.js';
import type { SignInMethod } from '../../entities/enums.js';
import { GranaryError } from '../../errors.js';
import { recordEvent } from '../audit/record-event.js';
import type { Granary } from '../context.js';
import { challengeDigest, type SignInOutcome } from './finish-sign-in.js';
import type { Origin } from './session.js';
import { countFailure, refuseThrottled } from './sign-in-throttle.js';
import { startSession } from './start-session.js';
import { choosePassword } from './store-password.js';
import { takeSecondFactor } from './take-second-factor.js';

export interface CompleteLoginInput {
  challenge: string;
  /** Of the authenticator, or a recovery code. */
  code?: string | undefined;
  newPassword?: string | undefined;
}

interface Challenge {
  digest: Buffer;
  userId: number;
  username: string;
  tenantId: number;
  tenant: string;
  method: SignInMethod;
  needsCode: boolean;
  needsPassword: boolean;
  expiresAt: Date;
}

/** So many wrong codes end a challenge, and the password is wanted again. */
const MOST_ATTEMPTS = 5;

const findChallenge = statement(
  'find_sign_in_challenge',
  `SELECT c.digest, u.id AS "userId", u.username, t.id AS "tenantId", t.name AS tenant, c.method,
     c.needs_code AS "needsCode", c.needs_password AS "needsPassword", c.expires_at AS "expiresAt"
   FROM sign_in_challenge c JOIN user_account u ON u.id = c.user_id JOIN tenant t ON t.id = u.tenant_id
   WHERE c.digest = $1 AND c.expires_at > now() AND c.attempts < ${MOST_ATTEMPTS} AND NOT u.disabled`,
);
const countAttempt = statement(
  'count_challenge_attempt',
  `UPDATE sign_in_challenge SET attempts = attempts + 1 WHERE digest = $1 AND attempts < ${MOST_ATTEMPTS} RETURNING 1`,
);
const markCodeTaken = statement(
  'mark_challenge_code_taken',
  'UPDATE sign_in_challenge SET needs_code = false, attempts = 0 WHERE digest = $1',
);
const deleteChallenge = statement(
  'delete_sign_in_challenge',
  'DELETE FROM sign_in_challenge WHERE digest = $1 RETURNING 1',
);

/** Goes on with a sign-in that wanted a second factor or a new password. Throws `Unauthenticated`. */
export async function completeLogin(
  granary: Granary,
  input: CompleteLoginInput,
  origin: Origin,
): Promise<SignInOutcome> {
  const [challenge] = await granary.database.query<Challenge>(findChallenge, [challengeDigest(input.challenge)]);
  if (challenge === undefined) {
    throw invalidChallenge();
  }
  if (challenge.needsCode) {
    await takeCode(granary, challenge, { code: input.code, origin });
  }
  if (challenge.needsPassword) {
    if (input.newPassword === undefined) {
      const { expiresAt } = challenge;
      return {
        challenge: input.challenge,
        expiresAt,
        secondFactorRequired: false,
        passwordChangeRequired: true,
      };
    }
    const choice = { user: challenge, password: input.newPassword, field: 'newPassword' };
    await choosePassword(granary, { ...choice, before: (tx) => consume(tx, challenge) }, origin);
  } else {
    await consume(granary.database, challenge);
  }
  return startSession(granary, challenge, origin);
}

/** Whoever removes it has the session: a challenge is good once. */
async function consume(database: Queryable, challenge: Challenge): Promise<void> {
  const removed = await database.query(deleteChallenge, [challenge.digest]);
  if (removed.length === 0) {
    throw invalidChallenge();
  }
}

async function takeCode(
  granary: Granary,
  challenge: Challenge,
  { code, origin }: { code: string | undefined; origin: Origin },
): Promise<void> {
  if (code === undefined) {
    throw new GranaryError('InvalidInput', 'Give the code of the authenticator, or a recovery code.', {
      field: ['input', 'code'],
    });
  }
  await refuseThrottled(granary, challenge, origin);
  const isTaken = await granary.database.transaction((tx) => tryCode(tx, granary, { challenge, code, origin }));
  if (!isTaken) {
    await countFailure(granary, challenge, origin);
    throw new GranaryError('Unauthenticated', 'The code is wrong, or was used before.', { reason: 'InvalidCode' });
  }
}

/** An attempt is counted whether it succeeds or not, so that attempts at the same time do not exceed the limit. */
async function tryCode(
  tx: Queryable,
  granary: Granary,
  { challenge, code, origin }: { challenge: Challenge; code: string; origin: Origin },
): Promise<boolean> {
  const counted = await tx.query(countAttempt, [challenge.digest]);
  if (counted.length === 0) {
    throw invalidChallenge();
  }
  if (await takeSecondFactor(tx, granary, { userId: challenge.userId, code })) {
    await tx.query(markCodeTaken, [challenge.digest]);
    return true;
  }
  const { tenantId, username } = challenge;
  const details = { username, reason: 'code' };
  await recordEvent(tx, origin, { action: 'granary:Login', tenantId, outcome: 'FAILURE', details });
  return false;
}

function invalidChallenge(): GranaryError {
  return new GranaryError('Unauthenticated', 'The sign-in has taken too long or has ended; begin it again.', {
    reason: 'InvalidChallenge',
  });
}
