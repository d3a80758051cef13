import { statement } from '../../database/database.js';
import { recordEvent } from '../audit/record-event.js';
import type { RequestContext } from '../context.js';
import { endSession } from './end-sessions.js';
import { refreshTokenDigest } from './session.js';

interface EndedSession {
  sessionId: string;
  userId: number;
  tenantId: number;
}

const findByToken = statement(
  'find_session_of_token',
  `SELECT r.family AS "sessionId", u.id AS "userId", u.tenant_id AS "tenantId"
   FROM refresh_token r JOIN user_account u ON u.id = r.user_id WHERE r.digest = $1`,
);

/**
 * Ends the session that the request came with, or else the one of the refresh token. Without either there is nothing to
 * end, which is as good.
 */
export async function logout(context: RequestContext, input: { refreshToken?: string | undefined }): Promise<void> {
  const session = sessionOfCaller(context) ?? (await sessionOfToken(context, input.refreshToken));
  if (session === undefined) {
    return;
  }
  await context.granary.database.transaction(async (tx) => {
    await endSession(tx, session);
    const details = { sessionId: session.sessionId };
    await recordEvent(tx, context, { action: 'granary:Logout', tenantId: session.tenantId, details });
  });
  context.granary.credentials.invalidate(session.userId);
}

function sessionOfCaller({ caller }: RequestContext): EndedSession | undefined {
  return caller.kind === 'user' && caller.sessionId !== undefined
    ? { sessionId: caller.sessionId, userId: caller.userId, tenantId: caller.tenantId }
    : undefined;
}

async function sessionOfToken(context: RequestContext, token: string | undefined): Promise<EndedSession | undefined> {
  const [session] =
    token === undefined
      ? []
      : await context.granary.database.query<EndedSession>(findByToken, [refreshTokenDigest(token)]);
  return session;
}
