import { AuthorizationResponseError, authorizationCodeGrant, type Configuration, fetchUserInfo } from 'openid-client';
import { GranaryError, isGranaryError } from '../../errors.js';
import { recordEvent } from '../audit/record-event.js';
import type { Granary } from '../context.js';
import { admitExternalUser } from '../identities/admit-external-user.js';
import type { Origin, Session } from '../sign-in/session.js';
import { startSession } from '../sign-in/start-session.js';
import { verifyTokenOf } from '../sign-in/verify-external-token.js';
import { configurationOf } from './oidc-configuration.js';
import { type LoginState, openLoginState } from './oidc-login-state.js';
import type { OidcProviderState } from './oidc-providers.js';
import { findLoginProvider } from './start-oidc-login.js';

export interface FinishOidcLoginInput {
  /** The provider's, as it stands in the path. */
  address: string;
  /** What the browser kept; undefined when it has nothing. */
  sealedState: string | undefined;
  /** What the provider sent the browser back to, with the redirect URI in front as it was given to the provider. */
  callbackUrl: URL;
}

export interface OidcLogin {
  session: Session;
  /** A path of this server. */
  returnTo: string;
  /** For signing out at the provider. */
  idToken: string;
}

/** Codes of https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1 and OpenID Connect that mean that somebody said no. */
const refusals = new Set(['access_denied', 'login_required', 'consent_required', 'interaction_required']);

/**
 * Ends what `startOidcLogin` began, when the browser comes back from the provider: state, issuer, nonce and the ID token's
 * signature are checked, and the user is signed in as its claims say.
 * @throws GranaryError Unauthenticated; NotFound; Unavailable when the provider is away.
 */
export async function finishOidcLogin(
  granary: Granary,
  input: FinishOidcLoginInput,
  origin: Origin,
): Promise<OidcLogin> {
  const provider = await findLoginProvider(granary, input.address);
  const state = input.sealedState === undefined ? undefined : openLoginState(granary.secretBox, input.sealedState);
  if (state === undefined || state.providerId !== provider.id) {
    throw refusal('This sign-in was not begun with this browser, or too long ago. Begin again.');
  }
  try {
    const { claims, idToken } = await redeem(granary, { provider, state, callbackUrl: input.callbackUrl });
    const userId = await admitExternalUser(granary, { provider, claims, origin, by: 'CODE' });
    const session = await startSession(granary, { userId, method: 'OIDC' }, origin);
    return { session, returnTo: state.returnTo, idToken };
  } catch (error) {
    const failure = toFailure(error);
    // Who was refused by name is in an event already.
    if (failure.reason === 'OidcLoginFailed') {
      await recordFailure(granary, provider, { failure, origin });
    }
    throw failure;
  }
}

interface Redemption {
  provider: OidcProviderState;
  state: LoginState;
  callbackUrl: URL;
}

async function redeem(granary: Granary, { provider, state, callbackUrl }: Redemption) {
  const configuration = await configurationOf(granary, provider);
  const tokens = await authorizationCodeGrant(configuration, callbackUrl, {
    pkceCodeVerifier: state.verifier,
    expectedState: state.state,
    expectedNonce: state.nonce,
    idTokenExpected: true,
  });
  const idToken = tokens.id_token ?? '';
  const { claims } = await verifyTokenOf(granary, provider, { token: idToken, audiences: [provider.clientId] });
  const more = await userInfo(configuration, tokens.access_token, claims.sub);
  return { idToken, claims: { ...more, ...claims } };
}

/** Many providers tell names and groups only there. */
async function userInfo(configuration: Configuration, accessToken: string, subject: string): Promise<object> {
  const offered = configuration.serverMetadata().userinfo_endpoint !== undefined;
  return offered ? fetchUserInfo(configuration, accessToken, subject) : {};
}

function toFailure(error: unknown): GranaryError {
  for (let current = error, depth = 0; depth < 5 && current instanceof Object; depth += 1) {
    if (isGranaryError(current) && current.reason !== 'InvalidToken') {
      return current;
    }
    current = Reflect.get(current, 'cause');
  }
  if (error instanceof AuthorizationResponseError && refusals.has(error.error)) {
    return refusal('The provider did not let you in, or you said no.', error);
  }
  return refusal('What came back from the provider is not what was asked for. Begin again.', error);
}

function refusal(message: string, cause?: unknown): GranaryError {
  return new GranaryError('Unauthenticated', message, { reason: 'OidcLoginFailed', cause });
}

/** Nobody's, where the provider is of all tenants. */
const NO_TENANT = 0;

async function recordFailure(
  { database, log }: Granary,
  provider: OidcProviderState,
  { failure, origin }: { failure: GranaryError; origin: Origin },
): Promise<void> {
  log.debug({ provider: provider.address, error: failure.cause }, 'A sign-in by way of an OpenID provider failed');
  await database.transaction((tx) =>
    recordEvent(tx, origin, {
      action: 'granary:Login',
      tenantId: provider.tenant?.id ?? NO_TENANT,
      outcome: 'FAILURE',
      details: { provider: provider.address, reason: failure.message },
    }),
  );
}
