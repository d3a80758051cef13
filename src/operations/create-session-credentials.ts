import { randomBytes } from 'node:crypto';
import type { Narrowing } from '../auth/narrow-caller.js';
import { sessionCredentialSealContext, sessionTokenDigest } from '../auth/session-credentials.js';
import { statement } from '../database/database.js';
import { newAccessKeyPair } from './access-key-pair.js';
import { authorizeAction, type TenantRef } from './authorize-action.js';
import type { RequestContext } from './context.js';
import { readSessionPolicy } from './create-access-key.js';
import { findPolicy, noSuchPolicy } from './find-policy.js';
import { inheritedLimits, limitedExpiry } from './inherited-limits.js';
import { recordEvent } from './record-event.js';

export interface SessionCredentialsInput {
  /** How they were asked for: `AssumeRole`. The event says so. */
  operation: string;
  /** What the session is called, for the event. */
  sessionName?: string | undefined;
  seconds: number;
  /** A document, as text. With it or `policies` nothing is allowed that none of them allows. */
  sessionPolicy?: string | undefined;
  /** Names of policies of the tenant. */
  policies?: readonly string[] | undefined;
}

export interface SessionCredentials {
  readonly accessKeyId: string;
  /** Shown this once, as the token is. */
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiresAt: Date;
}

const insertCredential = statement(
  'insert_session_credential',
  `INSERT INTO session_credential (id, user_id, source_key_id, secret_sealed, token_digest, policies, expires_at)
   VALUES ($1, $2, $3, $4, $5, $6, $7)`,
);

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
  const narrowing = await narrowingOf(context, tenant, input);
  const limits = [...inheritedLimits(context), ...(narrowing.length === 0 ? [] : [narrowing])];
  const wanted = new Date(Date.now() + input.seconds * 1000);
  const expiresAt = limitedExpiry(context, wanted) ?? wanted;
  const { database, secretBox } = context.granary;
  const { accessKeyId, secretAccessKey } = newAccessKeyPair('ASIA');
  const sessionToken = randomBytes(48).toString('base64');
  const sealed = secretBox.seal(secretAccessKey, sessionCredentialSealContext(accessKeyId));
  // Of temporary credentials the key that they came of is the source, and not they themselves.
  const sourceKeyId = caller.sourceKeyId ?? (caller.isTemporary ? null : (caller.accessKeyId ?? null));
  const values = [accessKeyId, caller.userId, sourceKeyId, sealed, sessionTokenDigest(sessionToken)];
  await database.transaction(async (tx) => {
    await tx.query(insertCredential, [...values, JSON.stringify(limits), expiresAt]);
    const { operation, sessionName, policies } = input;
    const asked = { operation, sessionName, policies, sessionPolicy: readSessionPolicy(input.sessionPolicy) };
    const details = { accessKeyId, username, expiresAt, ...asked };
    await recordEvent(tx, context, { action: 'granary:CreateSessionCredentials', tenantId: id, details });
  });
  return { accessKeyId, secretAccessKey, sessionToken, expiresAt };
}

/** Refused before it counts. */
const nobody = { tenantId: 0, tenantName: '', username: '' };

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session : all of them together. */
async function narrowingOf(
  { granary }: RequestContext,
  tenant: TenantRef,
  { sessionPolicy, policies = [] }: SessionCredentialsInput,
): Promise<Narrowing> {
  const own = readSessionPolicy(sessionPolicy);
  const documents = own === null ? [] : [{ name: 'session policy', document: own }];
  for (const policyName of new Set(policies)) {
    const policy = await findPolicy(granary.database, tenant, policyName);
    if (policy === undefined) {
      throw noSuchPolicy('policies');
    }
    documents.push({ name: policy.name, document: policy.document });
  }
  return documents;
}
