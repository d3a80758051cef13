import type { UserCaller } from '../../auth/caller.js';
import { builtinPolicy, policyOfRole } from '../../auth/policy/builtin-policies.js';
import type { GranaryAction } from '../../auth/policy/granary-actions.js';
import { type Queryable, statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import { requireUser } from '../access/authorize.js';
import { authorizeAction, type TenantRef } from '../access/authorize-action.js';
import { requireGrantable } from '../access/grant-limits.js';
import type { RequestContext } from '../context.js';
import type { OidcProviderState } from './oidc-providers.js';

/** What an id of a provider looks like; keeps others away from the database. */
export const oidcProviderIdPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const lockProviders = statement('lock_oidc_providers', 'LOCK TABLE oidc_provider IN SHARE ROW EXCLUSIVE MODE');

const findRival = statement(
  'find_rival_oidc_provider',
  `SELECT 1 AS found FROM oidc_provider
   WHERE issuer = $1 AND accept_bearer AND audiences ?| $2::text[] AND id <> $3 LIMIT 1`,
);

/** A provider as policies know it. */
export interface ProviderRef {
  /** Null for a global one. */
  readonly tenant: TenantRef | null;
  readonly address: string;
}

/**
 * A provider of the caller's tenant, or any for a global administrator, when the caller's policies allow the action on it.
 * Throws `NotFound` for any other.
 */
export async function findManagedProvider(
  context: RequestContext,
  action: GranaryAction,
  id: string,
): Promise<OidcProviderState> {
  const caller = requireUser(context);
  const provider = oidcProviderIdPattern.test(id) ? await context.granary.oidc.providers.find(id) : undefined;
  if (provider === undefined || (caller.role !== 'ADMINISTRATOR' && provider.tenant?.id !== caller.tenantId)) {
    throw noSuchProvider();
  }
  authorizeProviderAction(context, action, provider);
  return provider;
}

export function authorizeProviderAction(
  context: RequestContext,
  action: GranaryAction,
  { tenant, address }: ProviderRef,
): UserCaller {
  return authorizeAction(context, action, { tenant, kind: 'oidc-provider', name: address });
}

/** Who says whom a provider lets in, and as what, has to be able to give all that it can give. */
export function requireProviderReach(caller: UserCaller, { tenant }: ProviderRef): void {
  requireGrantable(caller, [builtinPolicy(policyOfRole[tenant === null ? 'ADMINISTRATOR' : 'TENANT_ADMINISTRATOR'])]);
}

/**
 * A token must not be one of two providers, whose users may be of two tenants: of an issuer and an audience there is
 * one that takes bearer tokens. Holds the table to the end of the transaction.
 */
export async function refuseRival(
  tx: Queryable,
  provider: { id: string; issuer: string; audiences: readonly string[]; acceptBearer: boolean },
): Promise<void> {
  await tx.query(lockProviders);
  if (!provider.acceptBearer) {
    return;
  }
  const rivals = await tx.query(findRival, [provider.issuer, provider.audiences, provider.id]);
  if (rivals.length > 0) {
    throw new GranaryError('Conflict', 'Bearer tokens of this issuer for this audience are another provider’s.', {
      reason: 'OidcAudienceTaken',
      field: ['input', 'audiences'],
    });
  }
}

export function noSuchProvider(): GranaryError {
  return new GranaryError('NotFound', 'There is no such OpenID provider.', {
    reason: 'NoSuchOidcProvider',
    field: ['input', 'id'],
  });
}

/** Events of a provider of all tenants are those of the tenant of whoever changes it. */
export function eventTenantOf(context: RequestContext, provider: { tenant: { id: number } | null }): number {
  return provider.tenant?.id ?? context.caller.tenantId;
}
