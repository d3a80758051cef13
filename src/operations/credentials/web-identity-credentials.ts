import { providerName } from '../../auth/policy/parse-principal.js';
import type { ContextSource } from '../../auth/policy/policy-context.js';
import { canonicalKey } from '../../auth/policy/policy-context.js';
import type { RequestContext } from '../context.js';
import { externalCaller } from '../sign-in/external-caller.js';
import { type ExternalClaims, type VerifiedToken, verifyExternalToken } from '../sign-in/verify-external-token.js';
import { assumeRoleFederated, type RoleCredentials } from './assume-role.js';
import { notAuthorized, type RoleSessionRequest } from './assumption.js';
import { createSessionCredentials, type SessionCredentialsInput } from './create-session-credentials.js';
import type { SessionCredentials } from './insert-session-credentials.js';

/** Who showed a token, as its provider says it. */
export interface WebIdentity {
  readonly subject: string;
  readonly issuer: string;
  readonly audience: string;
}

/** Temporary credentials for the user whom a token of an OpenID provider stands for. */
export async function createWebIdentityCredentials(
  context: RequestContext,
  { token, ...input }: SessionCredentialsInput & { token: string },
): Promise<SessionCredentials & WebIdentity> {
  const { granary } = context;
  const verified = await verifyExternalToken(granary, token);
  const caller = await externalCaller(granary, token, context);
  granary.tenants.refuseSuspended(caller.tenantId);
  const made = await createSessionCredentials({ ...context, caller }, input);
  return { ...made, ...identityOf(verified) };
}

/**
 * Temporary credentials of a role that trusts the token's provider, for a token that meets the conditions of the trust.
 * A provider that is a tenant's is good for roles of that tenant alone.
 */
export async function assumeRoleWithToken(
  context: RequestContext,
  token: string,
  asked: RoleSessionRequest,
): Promise<RoleCredentials & WebIdentity> {
  const verified = await verifyExternalToken(context.granary, token);
  const { provider, claims } = verified;
  const { tenant, path, name } = asked.role;
  const action = 'sts:AssumeRoleWithWebIdentity' as const;
  if (provider.tenant !== null && provider.tenant.name !== tenant) {
    throw notAuthorized(action, `arn:aws:iam::${tenant}:role${path}${name}`);
  }
  const identity = identityOf(verified);
  const { subject, issuer } = identity;
  const asker = {
    ...{ caller: context.caller, action, provider: providerName(issuer), providerId: provider.id, issuer, subject },
    facts: factsOf(providerName(issuer), claims),
  } as const;
  return { ...(await assumeRoleFederated(context, asker, asked)), ...identity };
}

function identityOf({ provider, claims }: VerifiedToken): WebIdentity {
  const audience = [claims.aud ?? []].flat().find((each) => provider.audiences.includes(each)) ?? '';
  return { subject: claims.sub, issuer: provider.issuer, audience };
}

/** Claims under the keys that trust policies know them by: `issuer.example.com/realm:sub`. */
function factsOf(provider: string, claims: ExternalClaims): ContextSource {
  const values = new Map(Object.entries(claims).map(([claim, value]) => [canonicalKey(`${provider}:${claim}`), value]));
  return (key) => {
    const value = [values.get(key) ?? []].flat();
    const texts = value.filter((each) => ['string', 'number', 'boolean'].includes(typeof each));
    return texts.length === 0 ? undefined : texts.map(String);
  };
}
