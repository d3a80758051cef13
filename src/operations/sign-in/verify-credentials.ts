import { randomUUID } from 'node:crypto';
import { verifyPassword } from '../../auth/password.js';
import { statement } from '../../database/database.js';
import type { SignInMethod, UserOrigin } from '../../entities/enums.js';
import { GranaryError, isGranaryError } from '../../errors.js';
import { recordEvent } from '../audit/record-event.js';
import type { Granary } from '../context.js';
import { isTenantName, isUsername } from '../identities/identity-input.js';
import type { Origin } from './session.js';
import { countFailure, refuseThrottled } from './sign-in-throttle.js';

export interface Credentials {
  username: string;
  password: string;
  /** `default` when absent. */
  tenant?: string | undefined;
}

/** Somebody who has shown who it is, and what showed it. */
export interface VerifiedUser {
  userId: number;
  method: SignInMethod;
}

interface LocalUser {
  userId: number;
  username: string;
  source: UserOrigin;
  disabled: boolean;
  passwordHash: string | null;
}

interface Attempt {
  tenant: string;
  username: string;
  password: string;
  /** The user of this name here, whether it has a password here or not. */
  user: LocalUser | undefined;
  userId: number | undefined;
}

/** Failed sign-ins to a tenant that does not exist are recorded as nobody's. */
const NO_TENANT = 0;

const findLocalUser = statement(
  'find_login_user',
  `SELECT u.id AS "userId", u.username, u.source, u.disabled, u.password_hash AS "passwordHash"
   FROM user_account u JOIN tenant t ON t.id = u.tenant_id WHERE t.name = $1 AND u.username = $2`,
);
const findTenantId = statement('find_tenant_id', 'SELECT id FROM tenant WHERE name = $1');

/**
 * The user whose name and password these are: by the password that is kept here, else by a directory of the tenant.
 * Whatever is wrong, the answer is the same `Unauthenticated` and takes the same time; after failures the name and the
 * address have to wait (`RateLimited`), and too many at once are turned away as `Unavailable`.
 */
export async function verifyCredentials(
  granary: Granary,
  { username, password, tenant = 'default' }: Credentials,
  origin: Origin,
): Promise<VerifiedUser> {
  await granary.rateLimits.admitSignIn(origin.sourceIp);
  const user = await findUser(granary, tenant, username);
  const attempt = { tenant, username, password, user, userId: user?.userId };
  await refuseUnlessReady(granary, attempt, origin);
  const here = await verifyHere(attempt);
  // A directory enables again whom it had disabled; who was disabled here is not.
  const isLetIn = here !== undefined && user?.disabled === false;
  const verified = isLetIn ? here : await verifyByDirectory(granary, attempt, origin);
  if (verified === undefined) {
    await countFailure(granary, attempt, origin);
    await recordFailure(granary, attempt, { origin, reason: 'credentials' });
    throw new GranaryError('Unauthenticated', 'The tenant, username or password is wrong.', {
      reason: 'InvalidCredentials',
    });
  }
  // Of guesses that were let in together, those after the first failures must not learn that they were right.
  await refuseUnlessReady(granary, attempt, origin);
  return verified;
}

async function refuseUnlessReady(granary: Granary, attempt: Attempt, origin: Origin): Promise<void> {
  try {
    await refuseThrottled(granary, attempt, origin);
  } catch (error) {
    if (isGranaryError(error, 'RateLimited')) {
      await recordFailure(granary, attempt, { origin, reason: 'throttled' });
    }
    throw error;
  }
}

async function verifyHere({ user, password }: Attempt): Promise<VerifiedUser | undefined> {
  const matches = await verifyPassword(user?.source === 'LOCAL' ? user.passwordHash : null, password);
  return matches && user !== undefined ? { userId: user.userId, method: 'PASSWORD' } : undefined;
}

/** The names and passwords of local users are not sent anywhere. */
async function verifyByDirectory(
  granary: Granary,
  { tenant, username, password, user }: Attempt,
  origin: Origin,
): Promise<VerifiedUser | undefined> {
  if (password === '' || !isTenantName(tenant) || !isUsername(username)) {
    return undefined;
  }
  if (user !== undefined && user.source !== 'LDAP') {
    await askForNobody(granary, tenant, origin);
    return undefined;
  }
  const found = await granary.directories.signIn({ tenant, username, password, origin });
  return found === undefined ? undefined : { userId: found.userId, method: 'LDAP' };
}

/** Without it the sooner answer would tell that the user is one who is kept here. */
async function askForNobody(granary: Granary, tenant: string, origin: Origin): Promise<void> {
  try {
    await granary.directories.signIn({ tenant, username: randomUUID(), password: randomUUID(), origin });
  } catch (error) {
    if (!isGranaryError(error, 'Unavailable')) {
      throw error;
    }
  }
}

async function findUser(granary: Granary, tenant: string, username: string): Promise<LocalUser | undefined> {
  if (!isTenantName(tenant) || !isUsername(username)) {
    return undefined;
  }
  const [user] = await granary.database.query<LocalUser>(findLocalUser, [tenant, username]);
  return user;
}

/** What was typed as a name is not kept unless it is one: people type passwords there. */
async function recordFailure(
  granary: Granary,
  attempt: Attempt,
  { origin, reason }: { origin: Origin; reason: 'credentials' | 'throttled' },
): Promise<void> {
  const username = attempt.user?.username;
  await granary.database.transaction(async (tx) => {
    const [tenant] = isTenantName(attempt.tenant) ? await tx.query<{ id: number }>(findTenantId, [attempt.tenant]) : [];
    await recordEvent(tx, origin, {
      action: 'granary:Login',
      tenantId: tenant?.id ?? NO_TENANT,
      outcome: 'FAILURE',
      details: { ...(username === undefined ? {} : { username }), reason },
    });
  });
}
