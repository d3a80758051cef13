import type { AnonymousCaller } from '../../auth/caller.js';
import { statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import type { Granary } from '../context.js';

const findDefaultTenant = statement('find_default_tenant', `SELECT id, name FROM tenant WHERE name = 'default'`);

const known = new WeakMap<Granary, AnonymousCaller>();

/** Who shows no credentials, and whose unqualified names are the default tenant's. */
export async function anonymousCaller(granary: Granary): Promise<AnonymousCaller> {
  const cached = known.get(granary);
  if (cached !== undefined) {
    return cached;
  }
  const [tenant] = await granary.database.query<{ id: number; name: string }>(findDefaultTenant);
  if (tenant === undefined) {
    throw new GranaryError('Unavailable', 'The server has not finished its first start.');
  }
  const caller: AnonymousCaller = { kind: 'anonymous', tenantId: tenant.id, tenantName: tenant.name };
  known.set(granary, caller);
  return caller;
}
