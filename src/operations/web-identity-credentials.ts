import type { UserCaller } from '../auth/caller.js';
import type { RequestContext } from './context.js';
import {
  createSessionCredentials,
  type SessionCredentials,
  type SessionCredentialsInput,
} from './create-session-credentials.js';
import { externalCaller } from './external-caller.js';
import { verifyExternalToken } from './verify-external-token.js';

export interface WebIdentityCredentials extends SessionCredentials {
  readonly caller: UserCaller;
  /** What the provider calls the user. */
  readonly subject: string;
  readonly issuer: string;
  readonly audience: string;
}

/** Temporary credentials for the user whom a token of an OpenID provider stands for. */
export async function createWebIdentityCredentials(
  context: RequestContext,
  { token, ...input }: SessionCredentialsInput & { token: string },
): Promise<WebIdentityCredentials> {
  const { granary } = context;
  const { provider, claims } = await verifyExternalToken(granary, token);
  const caller = await externalCaller(granary, token, context);
  granary.tenants.refuseSuspended(caller.tenantId);
  const made = await createSessionCredentials({ ...context, caller }, input);
  const audience = [claims.aud ?? []].flat().find((each) => provider.audiences.includes(each)) ?? '';
  return { ...made, caller, subject: claims.sub, issuer: provider.issuer, audience };
}
