import { createHash, randomBytes } from 'node:crypto';
import { statement } from '../../database/database.js';
import type { Granary } from '../context.js';
import type { Origin, Session } from './session.js';
import { startSession } from './start-session.js';
import type { VerifiedUser } from './verify-credentials.js';

/** A sign-in that is not over: the password was right, but something else is wanted before there is a session. */
export interface PendingSignIn {
  /** What `completeLogin` goes on with. */
  challenge: string;
  expiresAt: Date;
  secondFactorRequired: boolean;
  passwordChangeRequired: boolean;
}

export type SignInOutcome = Session | PendingSignIn;

const CHALLENGE_SECONDS = 300;

const findNeeds = statement(
  'find_sign_in_needs',
  `SELECT EXISTS (SELECT FROM second_factor f WHERE f.user_id = u.id AND f.confirmed_at IS NOT NULL) AS code,
     u.must_change_password AND u.source = 'LOCAL' AS password
   FROM user_account u WHERE u.id = $1`,
);
const insertChallenge = statement(
  'insert_sign_in_challenge',
  `INSERT INTO sign_in_challenge (digest, user_id, method, needs_code, needs_password, expires_at)
   VALUES ($1, $2, $3, $4, $5, now() + make_interval(secs => ${CHALLENGE_SECONDS}))`,
);

export function isPending(outcome: SignInOutcome): outcome is PendingSignIn {
  return 'challenge' in outcome;
}

/** What a user has to show or to choose beside its password. */
export async function signInNeeds(
  { database }: Granary,
  userId: number,
): Promise<{ code: boolean; password: boolean }> {
  const [needs] = await database.query<{ code: boolean; password: boolean }>(findNeeds, [userId]);
  return needs ?? { code: false, password: false };
}

/** Goes on after a password was right: to a session, or to what else the user has to show or to choose first. */
export async function finishSignIn(granary: Granary, verified: VerifiedUser, origin: Origin): Promise<SignInOutcome> {
  const needs = await signInNeeds(granary, verified.userId);
  if (!needs.code && !needs.password) {
    return startSession(granary, verified, origin);
  }
  const challenge = randomBytes(32).toString('base64url');
  const { userId, method } = verified;
  await granary.database.query(insertChallenge, [
    challengeDigest(challenge),
    userId,
    method,
    needs.code,
    needs.password,
  ]);
  return {
    challenge,
    expiresAt: new Date(Date.now() + CHALLENGE_SECONDS * 1000),
    secondFactorRequired: needs.code,
    passwordChangeRequired: needs.password,
  };
}

/** What the database keeps of a challenge. */
export function challengeDigest(challenge: string): Buffer {
  return createHash('sha256').update(challenge).digest();
}
