import type { GranaryAction } from '../../auth/policy/granary-actions.js';
import { type Queryable, statement } from '../../database/database.js';
import { UserSession } from '../../entities/index.js';
import { GranaryError } from '../../errors.js';
import { requireUser } from '../access/authorize.js';
import { resolveActedFor, type UserRef } from '../access/identity-access.js';
import { recordEvent } from '../audit/record-event.js';
import type { RequestContext } from '../context.js';
import { beyond, nearestFirst, type PageRequest, requireUuidCursor, toPage } from '../page.js';
import { resolveTenant } from '../tenants/resolve-tenant.js';
import { isUuid } from '../uuid.js';
import { endSession, endSessions } from './end-sessions.js';

export interface SessionsOf {
  /** The caller's own when absent; only administrators may name another. */
  tenant?: string | undefined;
  /** The caller when absent. */
  username?: string | undefined;
}

interface SessionOwner {
  userId: number;
  username: string;
  tenantId: number;
  tenant: string;
}

const findOwner = statement(
  'find_session_owner',
  `SELECT u.id AS "userId", u.username, t.id AS "tenantId", t.name AS tenant
   FROM user_session s JOIN user_account u ON u.id = s.user_id JOIN tenant t ON t.id = u.tenant_id
   WHERE s.id = $1::uuid AND (u.tenant_id = $2 OR $2 IS NULL) FOR UPDATE OF s`,
);

/** The sessions of the caller, or of a user that it manages. */
export async function listSessions(
  context: RequestContext,
  input: SessionsOf & PageRequest,
): Promise<{ sessions: UserSession[]; truncated: boolean }> {
  requireUuidCursor(input);
  const user = await resolveOwner(context, 'granary:ListSessions', input);
  const found = await context.granary.database.orm.em
    .fork()
    .find(
      UserSession,
      { $and: [{ user: user.id, expiresAt: { $gt: new Date() } }, beyond('id', input)] },
      { orderBy: { id: nearestFirst(input) }, limit: input.limit + 1 },
    );
  const { items, truncated } = toPage(found, input);
  return { sessions: items, truncated };
}

/** How many sessions {@link listSessions} has in all. */
export async function countSessions(context: RequestContext, input: SessionsOf): Promise<number> {
  const user = await resolveOwner(context, 'granary:ListSessions', input);
  return context.granary.database.orm.em.fork().count(UserSession, { user: user.id, expiresAt: { $gt: new Date() } });
}

/** Ends a session of the caller, or of a user that it manages. */
export async function revokeSession(context: RequestContext, input: { sessionId: string }): Promise<void> {
  const { database, credentials } = context.granary;
  const owner = await database.transaction(async (tx) => {
    const found = await findRevocable(tx, context, input.sessionId);
    await endSession(tx, { userId: found.userId, sessionId: input.sessionId });
    const details = { sessionId: input.sessionId, username: found.username };
    await recordEvent(tx, context, { action: 'granary:RevokeSession', tenantId: found.tenantId, details });
    return found;
  });
  credentials.invalidate(owner.userId);
}

/** Ends every session of the caller, the one that asks included, or of a user that it manages. @returns how many. */
export async function signOutEverywhere(context: RequestContext, input: SessionsOf): Promise<number> {
  const tenant = await resolveTenant(context, input.tenant);
  const user = await resolveActedFor(context, 'granary:EndSessions', { tenant, username: input.username });
  const { database, credentials } = context.granary;
  const ended = await database.transaction(async (tx) => {
    const sessions = await endSessions(tx, { userId: user.id });
    const details = { username: user.username, sessions };
    await recordEvent(tx, context, { action: 'granary:SignOutEverywhere', tenantId: tenant.id, details });
    return sessions;
  });
  credentials.invalidate(user.id);
  return ended;
}

async function resolveOwner(context: RequestContext, action: GranaryAction, input: SessionsOf): Promise<UserRef> {
  const tenant = await resolveTenant(context, input.tenant);
  return resolveActedFor(context, action, { tenant, username: input.username });
}

async function findRevocable(tx: Queryable, context: RequestContext, sessionId: string): Promise<SessionOwner> {
  const caller = requireUser(context);
  const tenantId = caller.role === 'ADMINISTRATOR' ? null : caller.tenantId;
  const [owner] = isUuid(sessionId) ? await tx.query<SessionOwner>(findOwner, [sessionId, tenantId]) : [];
  if (owner === undefined) {
    throw new GranaryError('NotFound', 'There is no such session.', {
      reason: 'NoSuchSession',
      field: ['input', 'sessionId'],
    });
  }
  const { tenant: name, tenantId: id, username } = owner;
  await resolveActedFor(context, 'granary:EndSessions', { tenant: { id, name }, username });
  return owner;
}
