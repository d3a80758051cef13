import type { SecretBox } from '../../auth/secret-box.js';
import type { Settings } from '../../config/settings.js';
import type { Database } from '../../database/database.js';
import { ExternalTokens } from '../sign-in/external-tokens.js';
import { OidcClient } from './oidc-client.js';
import { OidcIssuers } from './oidc-issuers.js';
import { OidcProviders } from './oidc-providers.js';

/** What signing in by way of OpenID providers works with. */
export interface Oidc {
  readonly client: OidcClient;
  readonly providers: OidcProviders;
  readonly issuers: OidcIssuers;
  readonly tokens: ExternalTokens;
}

/** Made once for a process; follows what other processes change of the providers. */
export async function openOidc(parts: {
  database: Database;
  secretBox: SecretBox;
  settings: Settings;
  closers: AsyncDisposableStack;
}): Promise<Oidc> {
  const { database, secretBox, settings, closers } = parts;
  const client = new OidcClient(settings.oidcAllowPrivate);
  closers.defer(() => client.close());
  const providers = new OidcProviders({ database, secretBox });
  await providers.start();
  closers.defer(() => providers.stop());
  return { client, providers, issuers: new OidcIssuers(client), tokens: new ExternalTokens() };
}
