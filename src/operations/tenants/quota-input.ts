import type { TenantQuota } from '../../entities/tenant.js';
import { GranaryError } from '../../errors.js';

/** What a quota was given as: null and absent mean that there is no limit. */
export type QuotaInput<Kind extends string> = { [K in Kind]?: number | null | undefined };

/** The limits that are there; null when there is none. Throws unless they are whole numbers from 0 on. */
export function validQuota<Kind extends keyof TenantQuota>(
  input: QuotaInput<Kind>,
  kinds: readonly Kind[],
): { [K in Kind]?: number } | null {
  const quota: { [K in Kind]?: number } = {};
  for (const kind of kinds) {
    const limit = input[kind];
    if (limit !== undefined && limit !== null) {
      requireLimit(kind, limit);
      quota[kind] = limit;
    }
  }
  return Object.keys(quota).length === 0 ? null : quota;
}

export const tenantQuotaKinds = ['bytes', 'objects', 'buckets', 'users', 'accessKeys'] as const;
export const bucketQuotaKinds = ['bytes', 'objects'] as const;

function requireLimit(kind: string, limit: number): void {
  if (!Number.isSafeInteger(limit) || limit < 0) {
    throw new GranaryError('InvalidInput', 'A quota is a whole number, 0 or more.', { field: ['quota', kind] });
  }
}
