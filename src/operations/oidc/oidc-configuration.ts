import {
  allowInsecureRequests,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  Configuration,
  clockTolerance,
  customFetch,
  None,
} from 'openid-client';
import { GranaryError } from '../../errors.js';
import type { Granary } from '../context.js';
import { describeOidcFailure, type OidcRequest } from './oidc-client.js';
import { clientAuthenticationMethod } from './oidc-client-authentication.js';
import type { IssuerMetadata } from './oidc-issuers.js';
import type { OidcProviderState } from './oidc-providers.js';

/**
 * A provider as openid-client knows it; its requests go out within our bounds.
 * @throws GranaryError Unavailable, here and from those requests, with the issuer's name
 */
export async function configurationOf({ oidc }: Granary, provider: OidcProviderState): Promise<Configuration> {
  const metadata = await oidc.issuers.metadata(provider.issuer);
  const configuration = new Configuration(
    metadata,
    provider.clientId,
    { [clockTolerance]: provider.clockSkewSeconds },
    authenticationOf(provider, metadata),
  );
  configuration[customFetch] = (url, request) => ask(url, request as OidcRequest);
  if (oidc.client.allowsPlain) {
    allowInsecureRequests(configuration);
  }
  return configuration;

  async function ask(url: string, request: OidcRequest): Promise<Response> {
    try {
      return await oidc.client.fetch(url, request);
    } catch (cause) {
      const message = `The issuer ${provider.issuer} cannot be asked. ${describeOidcFailure(cause)}`;
      throw new GranaryError('Unavailable', message, { reason: 'IssuerUnavailable', cause });
    }
  }
}

function authenticationOf(provider: OidcProviderState, metadata: IssuerMetadata): ClientAuth {
  switch (clientAuthenticationMethod(provider, metadata)) {
    case 'client_secret_basic':
      return ClientSecretBasic(provider.clientSecret ?? '');
    case 'client_secret_post':
      return ClientSecretPost(provider.clientSecret ?? '');
    case 'none':
      return None();
  }
}
