import { statement } from '../../database/database.js';
import type { SharingRules } from '../../entities/tenant.js';
import { GranaryError } from '../../errors.js';
import type { Granary } from '../context.js';

/** Rules as whoever sets them gives them. */
export interface SharingInput {
  /** False for no links at all. */
  allowed?: boolean | null | undefined;
  passwordRequired?: boolean | null | undefined;
  /** Null for what the server allows. */
  longestSeconds?: number | null | undefined;
}

const mostSeconds = 100 * 365 * 86_400;

const findRules = statement(
  'find_sharing_rules',
  `SELECT b.configuration -> 'sharing' AS bucket, t.sharing AS tenant
   FROM bucket b JOIN tenant t ON t.id = b.tenant_id WHERE b.id = $1 AND b.tenant_id = $2`,
);

/** Checked rules; null for none. */
export function validSharing({ allowed, passwordRequired, longestSeconds }: SharingInput): SharingRules | null {
  if (
    typeof longestSeconds === 'number' &&
    !(Number.isInteger(longestSeconds) && longestSeconds >= 60 && longestSeconds <= mostSeconds)
  ) {
    throw new GranaryError('InvalidInput', `Links may be good for 60 to ${mostSeconds} seconds.`, {
      field: ['sharing', 'longestSeconds'],
    });
  }
  const rules: SharingRules = {
    ...(allowed === false ? { forbidden: true } : {}),
    ...(passwordRequired === true ? { passwordRequired: true } : {}),
    ...(typeof longestSeconds === 'number' ? { longestSeconds } : {}),
  };
  return Object.keys(rules).length === 0 ? null : rules;
}

/** What holds for links into a bucket: of the rules of bucket, tenant and server the strictest. */
export async function rulesOfBucket(
  granary: Granary,
  bucket: { id: number; tenantId: number },
): Promise<Readonly<SharingRules>> {
  type Row = { bucket: SharingRules | null; tenant: SharingRules | null };
  const [row] = await granary.database.query<Row>(findRules, [bucket.id, bucket.tenantId]);
  return strictest(granary, [row?.bucket ?? null, row?.tenant ?? null]);
}

export function strictest(
  { settings }: Pick<Granary, 'settings'>,
  rules: readonly (SharingRules | null)[],
): Readonly<SharingRules> {
  const longest = [settings.shareLifetimeSeconds, ...rules.map((rule) => rule?.longestSeconds ?? 0)].filter(
    (seconds) => seconds > 0,
  );
  return {
    ...(rules.some((rule) => rule?.forbidden) ? { forbidden: true } : {}),
    ...(rules.some((rule) => rule?.passwordRequired) ? { passwordRequired: true } : {}),
    ...(longest.length > 0 ? { longestSeconds: Math.min(...longest) } : {}),
  };
}
