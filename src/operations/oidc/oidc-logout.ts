import { buildEndSessionUrl } from 'openid-client';
import type { SecretBox } from '../../auth/secret-box.js';
import { isGranaryError } from '../../errors.js';
import type { Granary } from '../context.js';
import { homePath } from '../sign-in/return-path.js';
import { configurationOf } from './oidc-configuration.js';

/** What a browser keeps of a sign-in at a provider, sealed, so that it can sign out there. */
export interface ProviderSession {
  /** The provider's, as it stands in its paths. */
  address: string;
  /** Null when it is too long for a cookie: the provider then asks the user. */
  idToken: string | null;
}

const context = 'oidc_provider_session';

/** Browsers keep 4096 bytes of a cookie, with its name and attributes. */
const longestSealed = 3_500;

/** For a cookie. */
export function sealProviderSession(secretBox: SecretBox, session: ProviderSession): string {
  const sealed = secretBox.seal(JSON.stringify(session), context).toString('base64url');
  return sealed.length <= longestSealed
    ? sealed
    : secretBox.seal(JSON.stringify({ ...session, idToken: null }), context).toString('base64url');
}

/** Undefined for what was not sealed here for this. */
export function openProviderSession(secretBox: SecretBox, sealed: string): ProviderSession | undefined {
  try {
    return JSON.parse(secretBox.open(Buffer.from(sealed, 'base64url'), context)) as ProviderSession;
  } catch (error) {
    if (isGranaryError(error, 'Internal')) {
      return undefined;
    }
    throw error;
  }
}

/**
 * Where a browser goes to sign out at its provider; undefined when the provider has no such place, is gone or away: it has
 * been signed out here all the same. https://openid.net/specs/openid-connect-rpinitiated-1_0.html
 */
export async function providerLogoutUrl(
  granary: Granary,
  { address, idToken }: ProviderSession,
  publicUrl: string,
): Promise<string | undefined> {
  const providers = await granary.oidc.providers.enabled();
  const provider = providers.find((known) => known.address === address);
  if (provider === undefined) {
    return undefined;
  }
  try {
    const configuration = await configurationOf(granary, provider);
    if (configuration.serverMetadata().end_session_endpoint === undefined) {
      return undefined;
    }
    const hint: Record<string, string> = idToken === null ? {} : { id_token_hint: idToken };
    return buildEndSessionUrl(configuration, { post_logout_redirect_uri: publicUrl + homePath, ...hint }).href;
  } catch (error) {
    if (isGranaryError(error, 'Unavailable')) {
      return undefined;
    }
    throw error;
  }
}
