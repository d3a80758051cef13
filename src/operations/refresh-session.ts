import { toUserCaller } from '../auth/caller-row.js';
import { type Queryable, statement } from '../database/database.js';
import { GranaryError } from '../errors.js';
import type { Granary } from './context.js';
import { endSession } from './end-sessions.js';
import { recordEvent } from './record-event.js';
import {
  addRefreshToken,
  type Origin,
  refreshExpiry,
  refreshTokenDigest,
  type Session,
  type SessionUser,
  sessionUserColumns,
  shortUserAgent,
} from './session.js';

interface TokenRow extends SessionUser {
  sessionId: string;
  used: boolean;
  expired: boolean;
}

const findRefreshToken = statement(
  'find_refresh_token',
  `SELECT ${sessionUserColumns}, r.family AS "sessionId", r.used_at IS NOT NULL AS used, r.expires_at <= now() AS expired
   FROM refresh_token r JOIN user_account u ON u.id = r.user_id JOIN tenant t ON t.id = u.tenant_id
   WHERE r.digest = $1 FOR UPDATE OF r`,
);
const findDirectoryUser = statement(
  'find_directory_user_of_token',
  `SELECT u.id FROM refresh_token r JOIN user_account u ON u.id = r.user_id
   WHERE r.digest = $1 AND u.source = 'LDAP'`,
);
const markUsed = statement('use_refresh_token', 'UPDATE refresh_token SET used_at = now() WHERE digest = $1');
// A process of the version before may have begun the session without a row for it.
const renewSession = statement(
  'renew_session',
  `INSERT INTO user_session (id, user_id, method, user_agent, source_ip, expires_at)
   VALUES ($1, $2, 'PASSWORD', $3, $4, now() + make_interval(secs => $5))
   ON CONFLICT (id) DO UPDATE SET last_used_at = now(), expires_at = EXCLUDED.expires_at,
     source_ip = EXCLUDED.source_ip, user_agent = COALESCE(EXCLUDED.user_agent, user_session.user_agent)`,
);

/**
 * Trades a refresh token for a new session. A token is good once: when it comes a second time, somebody else has it
 * too, and the session ends with all its tokens. Throws `Unauthenticated`.
 */
export async function refreshSession(
  granary: Granary,
  input: { refreshToken: string },
  origin: Origin,
): Promise<Session> {
  const digest = refreshTokenDigest(input.refreshToken);
  await recheckUser(granary, digest, origin);
  // The revocation must be committed, so that the refusal is thrown only afterwards.
  const renewed = await granary.database.transaction((tx) => rotate({ tx, granary, digest, origin }));
  if (renewed === undefined) {
    throw new GranaryError('Unauthenticated', 'The refresh token is not valid; sign in again.', {
      reason: 'InvalidRefreshToken',
    });
  }
  const { row, refreshToken } = renewed;
  const { sessionId } = row;
  const user = { ...toUserCaller(row), sessionId };
  const { token, expiresAt } = await granary.tokens.issueAccessToken(user);
  const refreshExpiresAt = refreshExpiry(granary);
  return { sessionId, user, accessToken: token, refreshToken, expiresAt, refreshExpiresAt };
}

/** A directory is asked before, as no transaction should wait for it. */
async function recheckUser(granary: Granary, digest: Buffer, origin: Origin): Promise<void> {
  const [user] = await granary.database.query<{ id: number }>(findDirectoryUser, [digest]);
  if (user !== undefined) {
    await granary.directories.recheck(user.id, origin);
  }
}

interface Rotation {
  tx: Queryable;
  granary: Granary;
  digest: Buffer;
  origin: Origin;
}

async function rotate(rotation: Rotation): Promise<{ row: TokenRow; refreshToken: string } | undefined> {
  const { tx, granary, digest, origin } = rotation;
  const [row] = await tx.query<TokenRow>(findRefreshToken, [digest]);
  if (row === undefined || row.expired || row.disabled) {
    return undefined;
  }
  const context = { ...origin, caller: toUserCaller(row) };
  if (row.used) {
    await endSession(tx, row);
    const details = { reason: 'reused' };
    const refused = { action: 'granary:RefreshSession', tenantId: row.tenantId, outcome: 'FAILURE', details } as const;
    await recordEvent(tx, context, refused);
    return undefined;
  }
  granary.tenants.refuseSuspended(row.tenantId);
  await tx.query(markUsed, [digest]);
  const lifetimeSeconds = granary.settings.refreshTokenSeconds;
  const refreshToken = await addRefreshToken(tx, { userId: row.userId, sessionId: row.sessionId, lifetimeSeconds });
  await tx.query(renewSession, [
    row.sessionId,
    row.userId,
    shortUserAgent(origin.userAgent),
    origin.sourceIp,
    lifetimeSeconds,
  ]);
  await recordEvent(tx, context, { action: 'granary:RefreshSession', tenantId: row.tenantId });
  return { row, refreshToken };
}
