import { randomUUID } from 'node:crypto';
import { toUserCaller } from '../../auth/caller-row.js';
import { type Queryable, statement } from '../../database/database.js';
import type { SignInMethod } from '../../entities/enums.js';
import { GranaryError } from '../../errors.js';
import { recordEvent } from '../audit/record-event.js';
import type { Granary } from '../context.js';
import {
  addRefreshToken,
  type Origin,
  refreshExpiry,
  type Session,
  type SessionUser,
  sessionUserColumns,
  shortUserAgent,
} from './session.js';
import { welcomeAddress } from './sign-in-throttle.js';

// Locks the row, so that a user who is being disabled has no session that begins meanwhile.
const markSignedIn = statement(
  'mark_signed_in',
  'UPDATE user_account SET last_sign_in_at = now() WHERE id = $1 AND NOT disabled RETURNING id',
);
const findUser = statement(
  'find_session_starter',
  `SELECT ${sessionUserColumns} FROM user_account u JOIN tenant t ON t.id = u.tenant_id WHERE u.id = $1`,
);
const insertSession = statement(
  'insert_session',
  `INSERT INTO user_session (id, user_id, method, user_agent, source_ip, expires_at)
   VALUES ($1, $2, $3, $4, $5, now() + make_interval(secs => $6))`,
);

interface SignIn {
  userId: number;
  method: SignInMethod;
}

/**
 * What every way of signing in ends in, once it is sure who the user is: a session with its tokens.
 * @throws GranaryError Unauthenticated when the user is disabled or gone, Denied when its tenant is suspended.
 */
export async function startSession(granary: Granary, signIn: SignIn, origin: Origin): Promise<Session> {
  await refuseSuspended(granary, signIn, origin);
  const sessionId = randomUUID();
  const { user, refreshToken } = await granary.database.transaction((tx) =>
    begin({ tx, granary, sessionId, origin, ...signIn }),
  );
  const caller = { ...toUserCaller(user), sessionId };
  const { token, expiresAt } = await granary.tokens.issueAccessToken(caller);
  return {
    sessionId,
    user: caller,
    accessToken: token,
    refreshToken,
    expiresAt,
    refreshExpiresAt: refreshExpiry(granary),
  };
}

async function refuseSuspended(granary: Granary, { userId, method }: SignIn, origin: Origin): Promise<void> {
  const [user] = await granary.database.query<SessionUser>(findUser, [userId]);
  if (user === undefined || !granary.tenants.of(user.tenantId).suspended) {
    return;
  }
  await granary.database.transaction((tx) =>
    recordEvent(
      tx,
      { ...origin, caller: toUserCaller(user) },
      {
        action: 'granary:Login',
        tenantId: user.tenantId,
        outcome: 'FAILURE',
        details: { method, reason: 'suspended' },
      },
    ),
  );
  granary.tenants.refuseSuspended(user.tenantId);
}

async function begin(start: {
  tx: Queryable;
  granary: Granary;
  sessionId: string;
  userId: number;
  method: SignInMethod;
  origin: Origin;
}): Promise<{ user: SessionUser; refreshToken: string }> {
  const { tx, granary, sessionId, userId, method, origin } = start;
  const enabled = await tx.query(markSignedIn, [userId]);
  const [user] = enabled.length === 0 ? [] : await tx.query<SessionUser>(findUser, [userId]);
  if (user === undefined) {
    throw new GranaryError('Unauthenticated', 'The user cannot sign in.', { reason: 'InvalidCredentials' });
  }
  const lifetimeSeconds = granary.settings.refreshTokenSeconds;
  const device = [shortUserAgent(origin.userAgent), origin.sourceIp];
  await tx.query(insertSession, [sessionId, userId, method, ...device, lifetimeSeconds]);
  const { tenantName: tenant, username } = user;
  await welcomeAddress(tx, granary, { user: { tenant, username, userId }, origin });
  const context = { ...origin, caller: toUserCaller(user) };
  const details = { method, sessionId };
  await recordEvent(tx, context, { action: 'granary:Login', tenantId: user.tenantId, details });
  return { user, refreshToken: await addRefreshToken(tx, { userId, sessionId, lifetimeSeconds }) };
}
