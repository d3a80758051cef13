import type { UserCaller } from '../../auth/caller.js';
import { uniqueId } from '../../auth/caller-arn.js';
import type { RoleSession } from '../../auth/role-session.js';
import { statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import { requireUser } from '../access/authorize.js';
import { recordEvent } from '../audit/record-event.js';
import type { RequestContext } from '../context.js';
import { validateUserTags } from '../identities/user-tags.js';
import { nameOfPolicy } from '../policies/find-policy.js';
import {
  type Asker,
  findTrustedRole,
  notAuthorized,
  type RoleSessionRequest,
  requireTrust,
  type TrustedRole,
} from './assumption.js';
import { readSessionPolicy } from './create-access-key.js';
import { sessionEnd, sessionNarrowing, sourceKeyOf } from './create-session-credentials.js';
import { insertSessionCredentials, type SessionCredentials } from './insert-session-credentials.js';

export interface RoleCredentials extends SessionCredentials {
  /** The role's unique id, `AROA…`, with which `aws:userid` begins. */
  readonly roleId: string;
  readonly tenant: string;
  readonly role: string;
  readonly sessionName: string;
  readonly sourceIdentity: string | undefined;
}

/** When it is somebody else's provider that vouches for who asks. */
export interface FederatedAsker extends Asker {
  readonly providerId: string;
  readonly issuer: string;
  /** What the provider calls it. */
  readonly subject: string;
}

const usual = 3600;
const noteUse = statement(
  'note_role_use',
  `UPDATE assumable_role SET last_used_at = now()
   WHERE user_id = $1 AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')`,
);

/**
 * Makes temporary credentials of a role for the caller, whom the role must trust. They have what the role has, narrowed
 * by session policies, and nothing of the caller; they end with the key or the session that the caller has come with.
 */
export async function assumeRole(context: RequestContext, asked: RoleSessionRequest): Promise<RoleCredentials> {
  const caller = requireUser(context);
  const session = chained(caller, asked);
  const { tags, transitiveTags, sourceIdentity } = session;
  // What comes along from the session before needs the same leave as what is brought anew.
  const whole = { ...asked, tags, transitiveTags, sourceIdentity };
  const role = await trustedRole(context, { caller, action: 'sts:AssumeRole' }, whole);
  // Of the session of a role whoever began it is the source, and not the role.
  const { userId, providerId } = caller.source ?? { userId: caller.userId, providerId: null };
  const source = { sourceKeyId: sourceKeyOf(caller), sourceUserId: userId, sourceProviderId: providerId };
  return issue(context, role, { asked, session, source });
}

/** As {@link assumeRole}, for whom an OpenID provider vouches. It needs no user here. */
export async function assumeRoleFederated(
  context: RequestContext,
  asker: FederatedAsker,
  asked: RoleSessionRequest,
): Promise<RoleCredentials> {
  const role = await trustedRole(context, asker, asked);
  const { tags, transitiveTags, sourceIdentity, sessionName: name } = asked;
  const session = { name, tags, transitiveTags, sourceIdentity, provider: asker.issuer };
  const source = { sourceKeyId: null, sourceUserId: null, sourceProviderId: asker.providerId };
  return issue(context, role, { asked, session, source, subject: asker.subject });
}

async function trustedRole(context: RequestContext, asker: Asker, asked: RoleSessionRequest): Promise<TrustedRole> {
  const { granary } = context;
  validateSessionTags(asked);
  const role = await findTrustedRole(granary.database, asked.role);
  if (role === undefined) {
    const { tenant, path, name } = asked.role;
    throw notAuthorized(asker.action, `arn:aws:iam::${tenant}:role${path}${name}`);
  }
  requireTrust(context, role, { asker, asked });
  granary.tenants.refuseSuspended(role.tenant.id);
  if ((asked.seconds ?? 0) > role.maxSessionSeconds) {
    throw invalid('The requested DurationSeconds exceeds the MaxSessionDuration set for this role.', 'seconds');
  }
  return role;
}

/** Only a tag goes along: its name alone would hide the tag of a role further on. */
function validateSessionTags({ tags, transitiveTags }: RoleSessionRequest): void {
  validateUserTags({ ...tags });
  const missing = transitiveTags.find((key) => !Object.hasOwn(tags, key));
  if (missing !== undefined) {
    throw invalid(
      `The transitive tag ${missing.slice(0, 128)} is not among the tags of the session.`,
      'transitiveTags',
    );
  }
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_role-chaining */
function chained({ assumed }: UserCaller, asked: RoleSessionRequest): RoleSession {
  const { sessionName: name } = asked;
  const transitive = assumed?.transitiveTags ?? [];
  const inherited = Object.entries(assumed?.tags ?? {}).filter(([key]) => transitive.includes(key));
  const kept = Object.fromEntries(inherited);
  const again = Object.keys(asked.tags).find((key) => Object.hasOwn(kept, key));
  if (again !== undefined) {
    throw invalid(`The session has the tag ${again} from the one before it, and keeps it.`, 'tags');
  }
  const before = assumed?.sourceIdentity;
  if (before !== undefined && asked.sourceIdentity !== undefined && asked.sourceIdentity !== before) {
    throw invalid('The session has a source identity from the one before it, and keeps it.', 'sourceIdentity');
  }
  return {
    name,
    tags: { ...asked.tags, ...kept },
    transitiveTags: [...new Set([...Object.keys(kept), ...asked.transitiveTags])],
    sourceIdentity: before ?? asked.sourceIdentity,
    provider: assumed?.provider,
  };
}

interface Issue {
  asked: RoleSessionRequest;
  session: RoleSession;
  source: { sourceKeyId: string | null; sourceUserId: number | null; sourceProviderId: string | null };
  subject?: string;
}

async function issue(
  context: RequestContext,
  { id: userId, tenant, name: role, canonicalId, maxSessionSeconds }: TrustedRole,
  { asked, session, source, subject }: Issue,
): Promise<RoleCredentials> {
  const limits = await sessionNarrowing(context, tenant, asked);
  const seconds = asked.seconds ?? Math.min(usual, maxSessionSeconds);
  const { caller, granary } = context;
  const expiresAt = caller.kind === 'user' ? sessionEnd(context, seconds) : new Date(Date.now() + seconds * 1000);
  const made = await granary.database.transaction(async (tx) => {
    const credentials = await insertSessionCredentials(tx, granary, { userId, ...source, session, limits, expiresAt });
    await tx.query(noteUse, [userId]);
    const { name, ...brought } = session;
    const narrowed = {
      policies: asked.policies?.map(nameOfPolicy),
      sessionPolicy: readSessionPolicy(asked.sessionPolicy),
    };
    const details = {
      role,
      sessionName: name,
      accessKeyId: credentials.accessKeyId,
      expiresAt,
      subject,
      ...brought,
      ...narrowed,
    };
    for (const tenantId of new Set([tenant.id, ...(caller.kind === 'user' ? [caller.tenantId] : [])])) {
      await recordEvent(tx, context, {
        action: 'sts:AssumeRole',
        tenantId,
        details: { ...details, tenant: tenant.name },
      });
    }
    return credentials;
  });
  const { name: sessionName, sourceIdentity } = session;
  return { ...made, roleId: uniqueId('role', canonicalId), tenant: tenant.name, role, sessionName, sourceIdentity };
}

function invalid(message: string, field: string): GranaryError {
  return new GranaryError('InvalidInput', message, { field: ['input', field] });
}
