import { v7 as uuid } from 'uuid';
import { type Queryable, statement } from '../../database/database.js';
import { OidcProvider } from '../../entities/index.js';
import { GranaryError } from '../../errors.js';
import { recordEvent } from '../audit/record-event.js';
import type { RequestContext } from '../context.js';
import { resolveTenant } from '../tenants/resolve-tenant.js';
import { authorizeProviderAction, eventTenantOf, refuseRival, requireProviderReach } from './oidc-provider-access.js';
import {
  applyOidcSettings,
  defaultOidcSettings,
  type OidcProviderSettings,
  validateIssuer,
  validateProviderName,
  type WholeOidcSettings,
} from './oidc-provider-input.js';
import { announceOidcChange, oidcSecretSealContext } from './oidc-providers.js';

export interface CreateOidcProviderInput extends OidcProviderSettings {
  /** `GLOBAL` for users of several tenants, which only global administrators set up. */
  scope: 'TENANT' | 'GLOBAL';
  /** The caller's own when absent; only global administrators may name another. */
  tenant?: string | undefined;
  name: string;
  issuer: string;
  clientId: string;
}

interface NewProvider extends WholeOidcSettings {
  id: string;
  tenant: { id: number; name: string } | null;
  address: string;
  issuer: string;
  sealed: Buffer | null;
}

const insertProvider = statement(
  'insert_oidc_provider',
  `INSERT INTO oidc_provider (id, tenant_id, address, display_name, enabled, issuer, client_id, client_secret_sealed,
     audiences, algorithms, scopes, clock_skew_seconds, claims, rules, default_tenant, default_role, accept_bearer,
     offer_login)
   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
   ON CONFLICT (address) DO NOTHING RETURNING *`,
);

/** Sets up an OpenID provider; for global administrators, and for tenant administrators one of their own tenant. */
export async function createOidcProvider(
  context: RequestContext,
  input: CreateOidcProviderInput,
): Promise<OidcProvider> {
  const provider = await describeNew(context, input);
  const { database, oidc } = context.granary;
  const row = await database.transaction(async (tx) => {
    await refuseRival(tx, provider);
    const created = await insert(tx, provider);
    await announceOidcChange(tx);
    await recordEvent(tx, context, {
      action: 'granary:CreateOidcProvider',
      tenantId: eventTenantOf(context, provider),
      details: { provider: provider.id, address: provider.address, issuer: provider.issuer },
    });
    return created;
  });
  oidc.providers.clear();
  return database.orm.em.fork().map(OidcProvider, row);
}

async function describeNew(context: RequestContext, input: CreateOidcProviderInput): Promise<NewProvider> {
  const isGlobal = input.scope === 'GLOBAL';
  if (isGlobal && input.tenant !== undefined) {
    throw new GranaryError('InvalidInput', 'A global provider has no tenant.', { field: ['input', 'tenant'] });
  }
  const tenant = isGlobal ? null : await resolveTenant(context, input.tenant);
  const address = tenant === null ? input.name : `${tenant.name}.${input.name}`;
  const caller = authorizeProviderAction(context, 'granary:CreateOidcProvider', { tenant, address });
  requireProviderReach(caller, { tenant, address });
  validateProviderName(input.name);
  validateIssuer(input.issuer, context.granary.oidc.client);
  const before = { ...defaultOidcSettings, clientId: input.clientId, displayName: input.name };
  const id = uuid();
  const secret = input.clientSecret || null;
  return {
    ...applyOidcSettings(before, input, isGlobal ? 'global' : 'tenant'),
    id,
    tenant,
    address,
    issuer: input.issuer,
    sealed: secret === null ? null : context.granary.secretBox.seal(secret, oidcSecretSealContext(id)),
  };
}

async function insert(tx: Queryable, provider: NewProvider): Promise<object> {
  const { mapping } = provider;
  const [created] = await tx.query<object>(insertProvider, [
    provider.id,
    provider.tenant?.id ?? null,
    provider.address,
    provider.displayName,
    provider.enabled,
    provider.issuer,
    provider.clientId,
    provider.sealed,
    JSON.stringify(provider.audiences),
    JSON.stringify(provider.algorithms),
    JSON.stringify(provider.scopes),
    provider.clockSkewSeconds,
    JSON.stringify(mapping.claims),
    JSON.stringify(mapping.rules),
    mapping.defaultTenant,
    mapping.defaultRole,
    provider.acceptBearer,
    provider.offerLogin,
  ]);
  if (created === undefined) {
    throw new GranaryError('Conflict', `There is an OpenID provider of this name already.`, {
      reason: 'OidcProviderAlreadyExists',
      field: ['input', 'name'],
    });
  }
  return created;
}
