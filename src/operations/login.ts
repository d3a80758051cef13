import { randomUUID } from 'node:crypto';
import { toUserCaller } from '../auth/caller-row.js';
import { verifyPassword } from '../auth/password.js';
import { statement } from '../database/database.js';
import { GranaryError } from '../errors.js';
import type { Granary } from './context.js';
import { isTenantName, isUsername } from './identity-input.js';
import { recordEvent } from './record-event.js';
import { addRefreshToken, type Origin, type Session, type SessionUser, sessionUserColumns } from './session.js';

export interface LoginInput {
  username: string;
  password: string;
  /** `default` when absent. */
  tenant?: string | undefined;
}

interface LoginUser extends SessionUser {
  passwordHash: string | null;
}

/** Failed sign-ins to a tenant that does not exist are recorded as nobody's. */
const NO_TENANT = 0;

const findLoginUser = statement(
  'find_login_user',
  `SELECT ${sessionUserColumns}, u.password_hash AS "passwordHash"
   FROM user_account u JOIN tenant t ON t.id = u.tenant_id WHERE t.name = $1 AND u.username = $2`,
);
const findTenantId = statement('find_tenant_id', 'SELECT id FROM tenant WHERE name = $1');

/**
 * Signs a user in with its password. Whatever is wrong, the answer is the same `Unauthenticated` and takes the same
 * time; too many at once are turned away as `Unavailable`.
 */
export async function login(granary: Granary, input: LoginInput, origin: Origin): Promise<Session> {
  const tenant = input.tenant ?? 'default';
  const user = await findUser(granary, tenant, input.username);
  const matches = await verifyPassword(user?.passwordHash, input.password);
  if (user === undefined || user.disabled || !matches) {
    await recordFailure(granary, { tenant, user }, origin);
    throw new GranaryError('Unauthenticated', 'The tenant, username or password is wrong.', {
      reason: 'InvalidCredentials',
    });
  }
  const caller = toUserCaller(user);
  const { token, expiresAt } = await granary.tokens.issueAccessToken(caller);
  const refreshToken = await granary.database.transaction(async (tx) => {
    await recordEvent(tx, { ...origin, caller }, { action: 'granary:Login', tenantId: user.tenantId });
    return addRefreshToken(tx, {
      userId: user.userId,
      family: randomUUID(),
      lifetimeSeconds: granary.settings.refreshTokenSeconds,
    });
  });
  return { user: caller, accessToken: token, refreshToken, expiresAt };
}

async function findUser(granary: Granary, tenant: string, username: string): Promise<LoginUser | undefined> {
  if (!isTenantName(tenant) || !isUsername(username)) {
    return undefined;
  }
  const [user] = await granary.database.query<LoginUser>(findLoginUser, [tenant, username]);
  return user;
}

/** What was typed as a name is not kept unless it is one: people type passwords there. */
async function recordFailure(
  granary: Granary,
  attempt: { tenant: string; user: LoginUser | undefined },
  origin: Origin,
): Promise<void> {
  const username = attempt.user?.username;
  await granary.database.transaction(async (tx) => {
    const [tenant] = isTenantName(attempt.tenant) ? await tx.query<{ id: number }>(findTenantId, [attempt.tenant]) : [];
    await recordEvent(tx, origin, {
      action: 'granary:Login',
      tenantId: tenant?.id ?? NO_TENANT,
      outcome: 'FAILURE',
      ...(username === undefined ? {} : { details: { username } }),
    });
  });
}
