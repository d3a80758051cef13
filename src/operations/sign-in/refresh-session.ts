import { createHmac } from 'node:crypto';
import { toUserCaller } from '../../auth/caller-row.js';
import { type Queryable, statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import { recordEvent } from '../audit/record-event.js';
import type { Granary } from '../context.js';
import { endSession } from './end-sessions.js';
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
  /** Used so shortly ago that the same client may be asking again. */
  justUsed: boolean;
  expired: boolean;
}

/** For so long a token that was traded repeatably gives the same one again. */
const repeatSeconds = 30;
const purpose = 'next refresh token';

const findRefreshToken = statement(
  'find_refresh_token',
  `SELECT ${sessionUserColumns}, r.family AS "sessionId", r.used_at IS NOT NULL AS used,
     COALESCE(r.used_at > now() - make_interval(secs => ${repeatSeconds}), false) AS "justUsed", r.expires_at <= now() AS expired
   FROM refresh_token r JOIN user_account u ON u.id = r.user_id JOIN tenant t ON t.id = u.tenant_id
   WHERE r.digest = $1 FOR UPDATE OF r`,
);
const findDirectoryUser = statement(
  'find_directory_user_of_token',
  `SELECT u.id FROM refresh_token r JOIN user_account u ON u.id = r.user_id
   WHERE r.digest = $1 AND u.source = 'LDAP'`,
);
const markUsed = statement('use_refresh_token', 'UPDATE refresh_token SET used_at = now() WHERE digest = $1');
const findNextToken = statement(
  'find_next_refresh_token',
  `SELECT encode(digest, 'hex') AS digest, expires_at AS "expiresAt" FROM refresh_token
   WHERE digest = ANY($1) AND family = $2 AND used_at IS NULL AND expires_at > now()`,
);
// A process of the version before may have begun the session without a row for it.
const renewSession = statement(
  'renew_session',
  `INSERT INTO user_session (id, user_id, method, user_agent, source_ip, expires_at)
   VALUES ($1, $2, 'PASSWORD', $3, $4, now() + make_interval(secs => $5))
   ON CONFLICT (id) DO UPDATE SET last_used_at = now(), expires_at = EXCLUDED.expires_at,
     source_ip = EXCLUDED.source_ip, user_agent = COALESCE(EXCLUDED.user_agent, user_session.user_agent)`,
);

export interface RefreshSessionInput {
  refreshToken: string;
  /** The client may ask twice, because another tab of it does or an answer was lost: see docs/security.md. */
  repeatable?: boolean | undefined;
}

/**
 * Trades a refresh token for a new session. A token is good once: when it comes a second time, somebody else has it
 * too, and the session ends with all its tokens; but for repeatable trades, shortly after. Throws `Unauthenticated`.
 */
export async function refreshSession(
  granary: Granary,
  { refreshToken: given, repeatable = false }: RefreshSessionInput,
  origin: Origin,
): Promise<Session> {
  const digest = refreshTokenDigest(given);
  await recheckUser(granary, digest, origin);
  const next = repeatable ? nextTokens(granary, given) : [];
  // The revocation must be committed, so that the refusal is thrown only afterwards.
  const renewed = await granary.database.transaction((tx) => rotate({ tx, granary, digest, next, origin }));
  if (renewed === undefined) {
    throw new GranaryError('Unauthenticated', 'The refresh token is not valid; sign in again.', {
      reason: 'InvalidRefreshToken',
    });
  }
  const { row, refreshToken, refreshExpiresAt } = renewed;
  const { sessionId } = row;
  const user = { ...toUserCaller(row), sessionId };
  const { token, expiresAt } = await granary.tokens.issueAccessToken(user);
  return { sessionId, user, accessToken: token, refreshToken, expiresAt, refreshExpiresAt };
}

/**
 * What follows a token when it is traded repeatably: made from it, so that it can be given again although it is kept as
 * a digest only. By each master key, the current one first.
 */
function nextTokens({ secretBox }: Granary, token: string): string[] {
  const keys = [secretBox.derive(purpose), ...secretBox.deriveAll(purpose)];
  return keys.map((key) => createHmac('sha256', key).update(token).digest('base64url'));
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
  /** What may follow the token; empty when that is to be random. */
  next: string[];
  origin: Origin;
}

interface Renewed {
  row: TokenRow;
  refreshToken: string;
  refreshExpiresAt: Date;
}

async function rotate(rotation: Rotation): Promise<Renewed | undefined> {
  const { tx, granary, digest, next, origin } = rotation;
  const [row] = await tx.query<TokenRow>(findRefreshToken, [digest]);
  if (row === undefined || row.expired || row.disabled) {
    return undefined;
  }
  const context = { ...origin, caller: toUserCaller(row) };
  if (row.used) {
    const renewed = await repeat(rotation, row);
    if (renewed !== undefined) {
      return renewed;
    }
    await endSession(tx, row);
    const details = { reason: 'reused' };
    const refused = { action: 'granary:RefreshSession', tenantId: row.tenantId, outcome: 'FAILURE', details } as const;
    await recordEvent(tx, context, refused);
    return undefined;
  }
  granary.tenants.refuseSuspended(row.tenantId);
  await tx.query(markUsed, [digest]);
  const lifetimeSeconds = granary.settings.refreshTokenSeconds;
  const refreshToken = await addRefreshToken(tx, { ...row, lifetimeSeconds, token: next[0] });
  await tx.query(renewSession, [
    row.sessionId,
    row.userId,
    shortUserAgent(origin.userAgent),
    origin.sourceIp,
    lifetimeSeconds,
  ]);
  await recordEvent(tx, context, { action: 'granary:RefreshSession', tenantId: row.tenantId });
  return { row, refreshToken, refreshExpiresAt: refreshExpiry(granary) };
}

/**
 * The token that followed, as long as nobody has used it. There is one line of tokens however often this is asked: a
 * thief gets no token that the owner does not have, so that whoever comes second later ends the session.
 */
async function repeat(rotation: Rotation, row: TokenRow): Promise<Renewed | undefined> {
  const { tx, granary, next, origin } = rotation;
  if (!row.justUsed || next.length === 0) {
    return undefined;
  }
  granary.tenants.refuseSuspended(row.tenantId);
  const digests = next.map(refreshTokenDigest);
  const [found] = await tx.query<{ digest: string; expiresAt: Date }>(findNextToken, [digests, row.sessionId]);
  const refreshToken = next[digests.findIndex((digest) => digest.toString('hex') === found?.digest)];
  if (found === undefined || refreshToken === undefined) {
    return undefined;
  }
  const context = { ...origin, caller: toUserCaller(row) };
  const details = { repeated: true };
  await recordEvent(tx, context, { action: 'granary:RefreshSession', tenantId: row.tenantId, details });
  return { row, refreshToken, refreshExpiresAt: found.expiresAt };
}
