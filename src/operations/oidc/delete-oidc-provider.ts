import { statement } from '../../database/database.js';
import { recordEvent } from '../audit/record-event.js';
import type { RequestContext } from '../context.js';
import { endProviderSessions } from './end-provider-sessions.js';
import { eventTenantOf, findManagedProvider } from './oidc-provider-access.js';
import { announceOidcChange, type OidcProviderState } from './oidc-providers.js';

const deleteProvider = statement('delete_oidc_provider', 'DELETE FROM oidc_provider WHERE id = $1 RETURNING id');

/**
 * Removes an OpenID provider; for whoever may set one up. Its tokens are refused from then on. Users that it brought
 * along stay, with what is theirs, and cannot sign in.
 */
export async function deleteOidcProvider(context: RequestContext, id: string): Promise<OidcProviderState> {
  const provider = await findManagedProvider(context, 'granary:DeleteOidcProvider', id);
  const { database, oidc, credentials } = context.granary;
  await database.transaction(async (tx) => {
    await endProviderSessions(tx, id);
    const deleted = await tx.query(deleteProvider, [id]);
    if (deleted.length > 0) {
      await announceOidcChange(tx);
      await recordEvent(tx, context, {
        action: 'granary:DeleteOidcProvider',
        tenantId: eventTenantOf(context, provider),
        details: { provider: id, address: provider.address, issuer: provider.issuer },
      });
    }
  });
  oidc.providers.clear();
  credentials.clear();
  return provider;
}
