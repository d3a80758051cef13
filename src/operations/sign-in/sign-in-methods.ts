import type { Granary } from '../context.js';

/** A provider, as a page shows it to somebody who is about to sign in. */
export interface OfferedProvider {
  address: string;
  displayName: string;
}

/**
 * The providers at which a user of this tenant can sign in with a browser; for anybody. A tenant that is not there is
 * answered as one without providers of its own.
 */
export async function offeredProviders({ oidc }: Granary, tenant: string): Promise<OfferedProvider[]> {
  const providers = await oidc.providers.enabled();
  return providers
    .filter((provider) => provider.offerLogin && (provider.tenant === null || provider.tenant.name === tenant))
    .map(({ address, displayName }) => ({ address, displayName }));
}
