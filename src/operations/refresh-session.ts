import { toUserCaller } from '../auth/caller-row.js';
import { type Queryable, statement } from '../database/database.js';
import { GranaryError } from '../errors.js';
import type { Granary } from './context.js';
import { recordEvent } from './record-event.js';
import {
  addRefreshToken,
  type Origin,
  refreshTokenDigest,
  type Session,
  type SessionUser,
  sessionUserColumns,
} from './session.js';

interface TokenRow extends SessionUser {
  family: string;
  used: boolean;
  expired: boolean;
}

const findRefreshToken = statement(
  'find_refresh_token',
  `SELECT ${sessionUserColumns}, r.family, r.used_at IS NOT NULL AS used, r.expires_at <= now() AS expired
   FROM refresh_token r JOIN user_account u ON u.id = r.user_id JOIN tenant t ON t.id = u.tenant_id
   WHERE r.digest = $1 FOR UPDATE OF r`,
);
const markUsed = statement('use_refresh_token', 'UPDATE refresh_token SET used_at = now() WHERE digest = $1');
const deleteFamily = statement('delete_refresh_family', 'DELETE FROM refresh_token WHERE family = $1');

/**
 * Trades a refresh token for a new session. A token is good once: when it comes a second time, somebody else has it
 * too, and every token that descends from the same sign-in ends. Throws `Unauthenticated`.
 */
export async function refreshSession(
  granary: Granary,
  input: { refreshToken: string },
  origin: Origin,
): Promise<Session> {
  const digest = refreshTokenDigest(input.refreshToken);
  // The revocation must be committed, so that the refusal is thrown only afterwards.
  const renewed = await granary.database.transaction((tx) => rotate({ tx, granary, digest, origin }));
  if (renewed === undefined) {
    throw new GranaryError('Unauthenticated', 'The refresh token is not valid; sign in again.', {
      reason: 'InvalidRefreshToken',
    });
  }
  const user = toUserCaller(renewed.row);
  const { token, expiresAt } = await granary.tokens.issueAccessToken(user);
  return { user, accessToken: token, refreshToken: renewed.refreshToken, expiresAt };
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
    await tx.query(deleteFamily, [row.family]);
    const details = { reason: 'reused' };
    const refused = { action: 'granary:RefreshSession', tenantId: row.tenantId, outcome: 'FAILURE', details } as const;
    await recordEvent(tx, context, refused);
    return undefined;
  }
  await tx.query(markUsed, [digest]);
  const lifetimeSeconds = granary.settings.refreshTokenSeconds;
  const refreshToken = await addRefreshToken(tx, { userId: row.userId, family: row.family, lifetimeSeconds });
  await recordEvent(tx, context, { action: 'granary:RefreshSession', tenantId: row.tenantId });
  return { row, refreshToken };
}
