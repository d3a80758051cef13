import { type MappedClaims, mapClaims } from '../../auth/claim-mapping.js';
import { type Queryable, statement } from '../../database/database.js';
import type { Role } from '../../entities/enums.js';
import { GranaryError, isGranaryError } from '../../errors.js';
import { recordEvent } from '../audit/record-event.js';
import type { Granary } from '../context.js';
import type { OidcProviderState } from '../oidc/oidc-providers.js';
import type { Origin } from '../sign-in/session.js';
import { isTenantName } from './identity-input.js';
import { provisionUser } from './provision-user.js';

/** Who was refused without a tenant is recorded as nobody's. */
const NO_TENANT = 0;

const findTenant = statement('find_tenant_of_claims', 'SELECT id FROM tenant WHERE name = $1');

interface Admission {
  provider: OidcProviderState;
  claims: { sub: string };
  origin: Origin;
  /** How the user came: an event tells of it. `REPEATED` for a token that was told of before. */
  by: 'TOKEN' | 'CODE' | 'REPEATED';
}

/**
 * The user that the claims of a provider stand for: it appears at its first sign-in, and is brought up to date at each
 * later one. The claims were verified.
 * @throws GranaryError Unauthenticated for whom the provider's mapping gives no tenant or no role, who is disabled, or
 * whose name is somebody else's.
 */
export async function admitExternalUser(granary: Granary, admission: Admission): Promise<number> {
  try {
    const userId = await granary.database.transaction((tx) => admit(granary, tx, admission));
    // Its own announcement reaches this process a moment later.
    granary.credentials.invalidate(userId);
    return userId;
  } catch (error) {
    if (!isGranaryError(error, 'Unauthenticated', 'Conflict', 'InvalidInput', 'QuotaExceeded')) {
      throw error;
    }
    await recordRefusal(granary, admission, error);
    throw refused(error.message, error);
  }
}

async function admit(
  { tenants }: Granary,
  tx: Queryable,
  { provider, claims, origin, by }: Admission,
): Promise<number> {
  const mapped = mapClaims(claims, provider.mapping);
  const tenantId = provider.tenant?.id ?? (await tenantIdOf(tx, mapped));
  tenants.refuseSuspended(tenantId);
  const { userId, disabled } = await provisionUser(tx, origin, {
    source: 'OIDC',
    providerId: provider.id,
    externalId: claims.sub,
    tenantId,
    username: mapped.username,
    displayName: mapped.displayName,
    email: mapped.email,
    role: roleOf(provider, mapped),
    groups: mapped.groups,
    policies: mapped.policies,
    disabled: false,
  });
  if (disabled) {
    throw refused('The user is disabled.');
  }
  if (by === 'TOKEN') {
    const details = { username: mapped.username, provider: provider.address };
    await recordEvent(tx, origin, { action: 'granary:Login', tenantId, details });
  }
  return userId;
}

function roleOf(provider: OidcProviderState, { role }: MappedClaims): Role {
  if (role === undefined) {
    throw refused('The provider gives the user no role here.');
  }
  // Such a role cannot be set up, but a claim may name it.
  if (role === 'ADMINISTRATOR' && provider.tenant !== null) {
    throw refused('A tenant’s provider makes nobody a global administrator.');
  }
  return role;
}

async function tenantIdOf(tx: Queryable, { tenant }: MappedClaims): Promise<number> {
  const [found] =
    tenant !== undefined && isTenantName(tenant) ? await tx.query<{ id: number }>(findTenant, [tenant]) : [];
  if (found === undefined) {
    throw refused('The provider gives the user no tenant that is here.');
  }
  return found.id;
}

async function recordRefusal(granary: Granary, { provider, claims, origin }: Admission, error: GranaryError) {
  await granary.database.transaction((tx) =>
    recordEvent(tx, origin, {
      action: 'granary:Login',
      tenantId: provider.tenant?.id ?? NO_TENANT,
      outcome: 'FAILURE',
      details: { provider: provider.address, subject: claims.sub, reason: error.message },
    }),
  );
}

function refused(message: string, cause?: unknown): GranaryError {
  return new GranaryError('Unauthenticated', message, { reason: 'UserRefused', cause });
}
