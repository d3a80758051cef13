import {
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client';
import { GranaryError } from '../../errors.js';
import type { Granary } from '../context.js';
import { returnPath } from '../sign-in/return-path.js';
import { configurationOf } from './oidc-configuration.js';
import { loginSeconds, sealLoginState } from './oidc-login-state.js';
import { oidcPath } from './oidc-paths.js';
import type { OidcProviderState } from './oidc-providers.js';

export interface StartOidcLoginInput {
  /** The provider's, as it stands in the path. */
  address: string;
  /** Where the browser is to come back to; see {@link returnPath}. */
  returnTo: string | undefined;
  /** Where the browser reaches this server, without a slash at the end. */
  publicUrl: string;
}

/** A provider at which a browser may sign in; throws `NotFound` for any other. */
export async function findLoginProvider({ oidc }: Granary, address: string): Promise<OidcProviderState> {
  const provider = (await oidc.providers.enabled()).find((known) => known.offerLogin && known.address === address);
  if (provider === undefined) {
    throw new GranaryError('NotFound', 'There is no such OpenID provider to sign in at.', {
      reason: 'NoSuchOidcProvider',
    });
  }
  return provider;
}

/**
 * Begins a sign-in with a browser: the code flow with PKCE, state and nonce. Gives where the browser goes, and what it has
 * to keep meanwhile. https://www.rfc-editor.org/rfc/rfc9700#section-2.1
 */
export async function startOidcLogin(
  granary: Granary,
  { address, returnTo, publicUrl }: StartOidcLoginInput,
): Promise<{ location: string; sealedState: string }> {
  const provider = await findLoginProvider(granary, address);
  const configuration = await configurationOf(granary, provider);
  const secrets = { state: randomState(), nonce: randomNonce(), verifier: randomPKCECodeVerifier() };
  const url = buildAuthorizationUrl(configuration, {
    redirect_uri: publicUrl + oidcPath(address, 'callback'),
    scope: provider.scopes.join(' '),
    response_type: 'code',
    state: secrets.state,
    nonce: secrets.nonce,
    code_challenge: await calculatePKCECodeChallenge(secrets.verifier),
    code_challenge_method: 'S256',
  });
  const expiresAt = Date.now() + loginSeconds * 1000;
  const state = { ...secrets, providerId: provider.id, returnTo: returnPath(returnTo), expiresAt };
  return { location: url.href, sealedState: sealLoginState(granary.secretBox, state) };
}
