import type { IssuerMetadata } from './oidc-issuers.js';
import type { OidcProviderState } from './oidc-providers.js';

/** How the client shows its secret: as the provider says it may, in the header where it can. */
export type ClientAuthenticationMethod = 'client_secret_basic' | 'client_secret_post' | 'none';

/** https://openid.net/specs/openid-connect-core-1_0.html#ClientAuthentication */
export function clientAuthenticationMethod(
  { clientSecret }: OidcProviderState,
  metadata: IssuerMetadata,
): ClientAuthenticationMethod {
  if (clientSecret === null) {
    return 'none';
  }
  const supported = metadata.token_endpoint_auth_methods_supported;
  const isPostOnly =
    Array.isArray(supported) && supported.includes('client_secret_post') && !supported.includes('client_secret_basic');
  return isPostOnly ? 'client_secret_post' : 'client_secret_basic';
}

/** What a request to the token endpoint carries for it. https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1 */
export function clientAuthentication(
  provider: OidcProviderState,
  metadata: IssuerMetadata,
): { headers: Record<string, string>; parameters: Record<string, string> } {
  const { clientId, clientSecret } = provider;
  switch (clientAuthenticationMethod(provider, metadata)) {
    case 'client_secret_basic': {
      const credentials = [clientId, clientSecret ?? ''].map(formEncoded).join(':');
      return { headers: { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` }, parameters: {} };
    }
    case 'client_secret_post':
      return { headers: {}, parameters: { client_id: clientId, client_secret: clientSecret ?? '' } };
    case 'none':
      return { headers: {}, parameters: { client_id: clientId } };
  }
}

function formEncoded(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1);
}
