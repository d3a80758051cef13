import type { SecretBox } from '../../auth/secret-box.js';
import { isGranaryError } from '../../errors.js';

/** What a browser keeps between the begin and the end of a sign-in, sealed. */
export interface LoginState {
  providerId: string;
  state: string;
  nonce: string;
  /** Of PKCE. */
  verifier: string;
  /** A path of this server. */
  returnTo: string;
  /** In milliseconds since 1970. */
  expiresAt: number;
}

/** How long somebody may take to sign in at a provider. */
export const loginSeconds = 600;

const context = 'oidc_login_state';

/** For a cookie. */
export function sealLoginState(secretBox: SecretBox, state: LoginState): string {
  return secretBox.seal(JSON.stringify(state), context).toString('base64url');
}

/** Undefined for what was not sealed here for this, and for what is over. */
export function openLoginState(secretBox: SecretBox, sealed: string): LoginState | undefined {
  const text = openSealed(secretBox, sealed);
  const state = text === undefined ? undefined : (JSON.parse(text) as LoginState);
  return state !== undefined && state.expiresAt > Date.now() ? state : undefined;
}

function openSealed(secretBox: SecretBox, sealed: string): string | undefined {
  try {
    return secretBox.open(Buffer.from(sealed, 'base64url'), context);
  } catch (error) {
    if (isGranaryError(error, 'Internal')) {
      return undefined;
    }
    throw error;
  }
}
