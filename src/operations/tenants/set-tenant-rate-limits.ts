import { statement } from '../../database/database.js';
import type { Tenant, TenantRateLimits } from '../../entities/tenant.js';
import { GranaryError } from '../../errors.js';
import { recordEvent } from '../audit/record-event.js';
import type { RequestContext } from '../context.js';
import { changeTenant } from './managed-tenant.js';

const setRateLimits = statement('set_tenant_rate_limits', 'UPDATE tenant SET rate_limits = $2 WHERE id = $1');

const kinds = ['user', 'accessKey', 'bucket'] as const;
const mostRequests = 999_999_999;
const mostSeconds = 86_400;

export interface SetTenantRateLimitsInput {
  tenant: string;
  /** All of them: what is left out has the limit of the settings. */
  rateLimits: { [Kind in (typeof kinds)[number]]?: { requests: number; seconds: number } | null | undefined };
}

/** Gives a tenant limits of requests of its own, in place of those of the settings. */
export async function setTenantRateLimits(context: RequestContext, input: SetTenantRateLimitsInput): Promise<Tenant> {
  const limits = validLimits(input.rateLimits);
  return changeTenant(context, { action: 'granary:PutTenantRateLimits', name: input.tenant }, async (tx, tenant) => {
    await tx.query(setRateLimits, [tenant.id, limits === null ? null : JSON.stringify(limits)]);
    await recordEvent(tx, context, {
      action: 'granary:PutTenantRateLimits',
      tenantId: tenant.id,
      details: { tenant: tenant.name, rateLimits: limits },
    });
  });
}

function validLimits(input: SetTenantRateLimitsInput['rateLimits']): TenantRateLimits | null {
  const limits: TenantRateLimits = {};
  for (const kind of kinds) {
    const given = input[kind];
    if (given) {
      requireWithin(given.requests, mostRequests, ['rateLimits', kind, 'requests']);
      requireWithin(given.seconds, mostSeconds, ['rateLimits', kind, 'seconds']);
      limits[kind] = { requests: given.requests, windowMs: given.seconds * 1000 };
    }
  }
  return Object.keys(limits).length === 0 ? null : limits;
}

function requireWithin(value: number, most: number, field: string[]): void {
  if (!Number.isInteger(value) || value < 1 || value > most) {
    throw new GranaryError('InvalidInput', `Give a whole number from 1 to ${most}.`, { field });
  }
}
