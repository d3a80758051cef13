import { createHash, randomBytes } from 'node:crypto';
import type { UserCaller } from '../../auth/caller.js';
import { type CallerRow, callerColumns } from '../../auth/caller-row.js';
import { type Queryable, statement } from '../../database/database.js';
import type { Granary } from '../context.js';

/** What signing in (and every renewal) gives. */
export interface Session {
  sessionId: string;
  user: UserCaller;
  accessToken: string;
  /** Good for one renewal. */
  refreshToken: string;
  /** When the access token ends. */
  expiresAt: Date;
  /** When the refresh token ends. */
  refreshExpiresAt: Date;
}

/** Where a request without a caller comes from. */
export interface Origin {
  requestId: string;
  sourceIp: string | null;
  /** What the client says of itself. */
  userAgent?: string | undefined;
}

/** A user's row as sessions need it; the columns are {@link sessionUserColumns}. */
export interface SessionUser extends CallerRow {
  disabled: boolean;
}

/** Of `user_account u` joined with `tenant t`. */
export const sessionUserColumns = `${callerColumns}, u.disabled`;

const REFRESH_TOKEN_BYTES = 32;

const insertRefreshToken = statement(
  'insert_refresh_token',
  `INSERT INTO refresh_token (digest, user_id, family, expires_at)
   VALUES ($1, $2, $3, now() + make_interval(secs => $4))`,
);
const deleteExpiredTokens = statement(
  'delete_expired_refresh_tokens',
  'DELETE FROM refresh_token WHERE user_id = $1 AND expires_at < now()',
);

/** What the database keeps of a refresh token: its SHA-256, which is enough for a random value. */
export function refreshTokenDigest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** Adds a token to a session, a random one unless it is given, and clears away the user's old ones. */
export async function addRefreshToken(
  tx: Queryable,
  grant: { userId: number; sessionId: string; lifetimeSeconds: number; token?: string | undefined },
): Promise<string> {
  const token = grant.token ?? randomBytes(REFRESH_TOKEN_BYTES).toString('base64url');
  await tx.query(deleteExpiredTokens, [grant.userId]);
  await tx.query(insertRefreshToken, [refreshTokenDigest(token), grant.userId, grant.sessionId, grant.lifetimeSeconds]);
  return token;
}

/** When a refresh token ends that is made now. */
export function refreshExpiry({ settings }: Granary): Date {
  return new Date(Date.now() + settings.refreshTokenSeconds * 1000);
}

const MAX_USER_AGENT_LENGTH = 256;

/** What a list of devices shows of a client; it comes from outside. */
export function shortUserAgent(userAgent: string | undefined): string | null {
  return userAgent?.replace(/\p{Cc}/gu, ' ').slice(0, MAX_USER_AGENT_LENGTH) ?? null;
}
