import type { UserCaller } from '../../auth/caller.js';
import type { Narrowing } from '../../auth/narrow-caller.js';
import { GranaryError } from '../../errors.js';
import { authorizeAction, type TenantRef } from '../access/authorize-action.js';
import { inheritedLimits, limitedExpiry } from '../access/inherited-limits.js';
import { recordEvent } from '../audit/record-event.js';
import type { RequestContext } from '../context.js';
import { findPolicy, nameOfPolicy, noSuchPolicy, type PolicyReference } from '../policies/find-policy.js';
import { readSessionPolicy } from './create-access-key.js';
import { insertSessionCredentials, type SessionCredentials } from './insert-session-credentials.js';

export interface SessionCredentialsInput {
  /** How they were asked for: `AssumeRole`. The event says so. */
  operation: string;
  /** What the session is called, for the event. */
  sessionName?: string | undefined;
  seconds: number;
  /** A document, as text. With it or `policies` nothing is allowed that none of them allows. */
  sessionPolicy?: string | undefined;
  /** Of the tenant. */
  policies?: readonly PolicyReference[] | undefined;
}

/**
 * Makes temporary credentials for the caller, with its rights or fewer. They end with the key or the credentials that
 * they were asked for with, when the user is disabled, and when its sessions are ended.
 */
export async function createSessionCredentials(
  context: RequestContext,
  input: SessionCredentialsInput,
): Promise<SessionCredentials> {
  const { tenantId: id, tenantName: name, username } = context.caller.kind === 'user' ? context.caller : nobody;
  const tenant = { id, name };
  const caller = authorizeAction(context, 'granary:CreateSessionCredentials', { tenant, kind: 'user', name: username });
  if (caller.assumed !== undefined) {
    throw new GranaryError('Denied', 'The session of a role gets no further credentials, but it can assume a role.', {
      reason: 'AccessDenied',
    });
  }
  const narrowing = await sessionNarrowing(context, tenant, input);
  const limits = [...inheritedLimits(context), ...narrowing];
  const expiresAt = sessionEnd(context, input.seconds);
  const of = { userId: caller.userId, sourceKeyId: sourceKeyOf(caller) };
  return context.granary.database.transaction(async (tx) => {
    const made = await insertSessionCredentials(tx, context.granary, { ...of, limits, expiresAt });
    const { operation, sessionName } = input;
    const policies = input.policies?.map(nameOfPolicy);
    const asked = { operation, sessionName, policies, sessionPolicy: readSessionPolicy(input.sessionPolicy) };
    const details = { accessKeyId: made.accessKeyId, username, expiresAt, ...asked };
    await recordEvent(tx, context, { action: 'granary:CreateSessionCredentials', tenantId: id, details });
    return made;
  });
}

/** When a session ends that is to last this long: not after the key that the caller has come with. */
export function sessionEnd(context: RequestContext, seconds: number): Date {
  const wanted = new Date(Date.now() + seconds * 1000);
  return limitedExpiry(context, wanted) ?? wanted;
}

/** The key that a session begun by the caller ends with: of temporary credentials the one that they came of. */
export function sourceKeyOf({ sourceKeyId, isTemporary, accessKeyId }: UserCaller): string | null {
  return sourceKeyId ?? (isTemporary ? null : (accessKeyId ?? null));
}

/** Refused before it counts. */
const nobody = { tenantId: 0, tenantName: '', username: '' };

/**
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session : all of them together are one
 * limit; none when nothing is asked for.
 */
export async function sessionNarrowing(
  { granary }: RequestContext,
  tenant: TenantRef,
  { sessionPolicy, policies = [] }: Pick<SessionCredentialsInput, 'sessionPolicy' | 'policies'>,
): Promise<Narrowing[]> {
  const own = readSessionPolicy(sessionPolicy);
  const documents = own === null ? [] : [{ name: 'session policy', document: own }];
  const references = new Map(policies.map((reference) => [nameOfPolicy(reference), reference]));
  for (const reference of references.values()) {
    const policy = await findPolicy(granary.database, tenant, reference);
    if (policy === undefined) {
      throw noSuchPolicy('policies');
    }
    documents.push({ name: policy.name, document: policy.document });
  }
  return documents.length === 0 ? [] : [documents];
}
