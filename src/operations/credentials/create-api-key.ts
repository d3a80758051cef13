import type { ApiScope } from '../../entities/enums.js';
import { resolveImpersonated } from '../access/identity-access.js';
import { inheritedLimits, limitedExpiry } from '../access/inherited-limits.js';
import type { RequestContext } from '../context.js';
import { resolveTenant } from '../tenants/resolve-tenant.js';
import { readSessionPolicy } from './create-access-key.js';
import { type CreatedApiKey, makeApiKey } from './make-api-key.js';

export interface CreateApiKeyInput {
  /** The caller's own when absent; only administrators may name another. */
  tenant?: string | undefined;
  /** The caller when absent. */
  username?: string | undefined;
  name: string;
  scopes: readonly ApiScope[];
  /** A policy document: with the key nothing is allowed that it does not allow too. */
  sessionPolicy?: string | object | undefined;
  /** Never when absent. */
  expiresAt?: Date | undefined;
}

/**
 * Creates an API key for the caller or for a user that it manages and has no less rights than. Whoever is narrowed
 * itself makes keys that are narrowed alike, and a key makes none that outlives it.
 */
export async function createApiKey(context: RequestContext, input: CreateApiKeyInput): Promise<CreatedApiKey> {
  const tenant = await resolveTenant(context, input.tenant);
  const user = await resolveImpersonated(context, 'granary:CreateApiKey', { tenant, username: input.username });
  const key = {
    user,
    tenantId: tenant.id,
    name: input.name,
    scopes: input.scopes,
    sessionPolicy: readSessionPolicy(input.sessionPolicy),
    inherited: inheritedLimits(context),
    expiresAt: limitedExpiry(context, input.expiresAt),
  };
  return makeApiKey(context.granary, key, context);
}
