import { statement } from '../../database/database.js';
import { OidcProvider } from '../../entities/index.js';
import { GranaryError } from '../../errors.js';
import { requireUser } from '../access/authorize.js';
import { recordEvent } from '../audit/record-event.js';
import type { RequestContext } from '../context.js';
import { endProviderSessions } from './end-provider-sessions.js';
import { eventTenantOf, findManagedProvider, refuseRival, requireProviderReach } from './oidc-provider-access.js';
import { applyOidcSettings, type OidcProviderSettings, type WholeOidcSettings } from './oidc-provider-input.js';
import { announceOidcChange, type OidcProviderState, oidcSecretSealContext } from './oidc-providers.js';

export interface UpdateOidcProviderInput extends OidcProviderSettings {
  id: string;
}

const updateProvider = statement(
  'update_oidc_provider',
  `UPDATE oidc_provider SET display_name = $3, enabled = $4, client_id = $5,
     client_secret_sealed = CASE WHEN $6 THEN $7 ELSE client_secret_sealed END, audiences = $8, algorithms = $9,
     scopes = $10, clock_skew_seconds = $11, claims = $12, rules = $13, default_tenant = $14, default_role = $15,
     accept_bearer = $16, offer_login = $17, revision = revision + 1
   WHERE id = $1 AND revision = $2 RETURNING *`,
);

/**
 * Changes an OpenID provider; for whoever may set one up. Its issuer stays: another one's users would be taken for those
 * of the first.
 */
export async function updateOidcProvider(
  context: RequestContext,
  input: UpdateOidcProviderInput,
): Promise<OidcProvider> {
  const provider = await findManagedProvider(context, 'granary:UpdateOidcProvider', input.id);
  requireProviderReach(requireUser(context), provider);
  const { database, oidc, credentials } = context.granary;
  const before = { ...provider, ...listsOf(provider) };
  const after = applyOidcSettings(before, input, provider.tenant === null ? 'global' : 'tenant');
  const row = await database.transaction(async (tx) => {
    await refuseRival(tx, { ...after, id: provider.id, issuer: provider.issuer });
    const [changed] = await tx.query<object>(updateProvider, valuesOf(context, { provider, after, input }));
    if (changed === undefined) {
      throw new GranaryError('Conflict', 'Somebody else has changed the provider meanwhile. Look, and try again.');
    }
    if (!after.enabled || !after.acceptBearer) {
      await endProviderSessions(tx, provider.id);
    }
    await announceOidcChange(tx);
    const { id: _, clientSecret, ...change } = input;
    const details = { provider: provider.id, ...change, ...(clientSecret === undefined ? {} : { secret: 'changed' }) };
    const tenantId = eventTenantOf(context, provider);
    await recordEvent(tx, context, { action: 'granary:UpdateOidcProvider', tenantId, details });
    return changed;
  });
  oidc.providers.clear();
  credentials.clear();
  return database.orm.em.fork().map(OidcProvider, row);
}

function listsOf({ audiences, algorithms, scopes }: OidcProviderState) {
  return { audiences: [...audiences], algorithms: [...algorithms], scopes: [...scopes] };
}

interface Change {
  provider: OidcProviderState;
  after: WholeOidcSettings;
  input: UpdateOidcProviderInput;
}

function valuesOf({ granary }: RequestContext, { provider, after, input }: Change): unknown[] {
  const secret = input.clientSecret;
  const sealed = secret ? granary.secretBox.seal(secret, oidcSecretSealContext(provider.id)) : null;
  const { mapping } = after;
  return [
    provider.id,
    provider.revision,
    after.displayName,
    after.enabled,
    after.clientId,
    secret !== undefined,
    sealed,
    JSON.stringify(after.audiences),
    JSON.stringify(after.algorithms),
    JSON.stringify(after.scopes),
    after.clockSkewSeconds,
    JSON.stringify(mapping.claims),
    JSON.stringify(mapping.rules),
    mapping.defaultTenant,
    mapping.defaultRole,
    after.acceptBearer,
    after.offerLogin,
  ];
}
