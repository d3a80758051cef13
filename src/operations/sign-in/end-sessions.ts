import { type Queryable, statement } from '../../database/database.js';
import { announceUserChange } from '../access/identity-access.js';

const deleteSession = statement('delete_session', 'DELETE FROM user_session WHERE id = $1 AND user_id = $2');
const deleteSessionTokens = statement(
  'delete_session_tokens',
  'DELETE FROM refresh_token WHERE family = $1 AND user_id = $2',
);
const deleteSessions = statement(
  'delete_sessions',
  'DELETE FROM user_session WHERE user_id = $1 AND ($2::uuid IS NULL OR id <> $2) RETURNING id',
);
const deleteTokens = statement(
  'delete_refresh_tokens',
  'DELETE FROM refresh_token WHERE user_id = $1 AND ($2::uuid IS NULL OR family <> $2)',
);
const deleteCredentials = statement(
  'delete_session_credentials',
  'DELETE FROM session_credential WHERE user_id = $1 OR source_user_id = $1',
);
const deleteChallenges = statement('delete_challenges', 'DELETE FROM sign_in_challenge WHERE user_id = $1');

/** Ends one session of a user: neither its access tokens nor its refresh token are good any more, in any process. */
export async function endSession(tx: Queryable, session: { userId: number; sessionId: string }): Promise<void> {
  await tx.query(deleteSessionTokens, [session.sessionId, session.userId]);
  await tx.query(deleteSession, [session.sessionId, session.userId]);
  await announceUserChange(tx, session.userId);
}

/**
 * Ends all sessions of a user, but for one that may be named, what was begun of further ones, and its temporary credentials.
 * @returns how many there were.
 */
export async function endSessions(
  tx: Queryable,
  { userId, except }: { userId: number; except?: string | undefined },
): Promise<number> {
  await tx.query(deleteTokens, [userId, except ?? null]);
  await tx.query(deleteChallenges, [userId]);
  await tx.query(deleteCredentials, [userId]);
  const ended = await tx.query(deleteSessions, [userId, except ?? null]);
  await announceUserChange(tx, userId);
  return ended.length;
}
