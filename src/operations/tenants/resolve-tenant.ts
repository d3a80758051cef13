import { type Queryable, statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import type { RequestContext } from '../context.js';
import { isTenantName } from '../identities/identity-input.js';

const findTenant = statement('find_tenant', 'SELECT id, name FROM tenant WHERE name = $1');

/** The named tenant, or the caller's own. Only a global administrator finds any other than its own. */
export async function resolveTenant(
  context: RequestContext,
  name: string | undefined,
): Promise<{ id: number; name: string }> {
  const { caller } = context;
  if (name === undefined || name === caller.tenantName) {
    return { id: caller.tenantId, name: caller.tenantName };
  }
  if (caller.kind === 'user' && caller.role === 'ADMINISTRATOR' && isTenantName(name)) {
    const tenant = await findTenantByName(context.granary.database, name);
    if (tenant !== undefined) {
      return tenant;
    }
  }
  throw new GranaryError('NotFound', `There is no tenant "${name}".`, { reason: 'NoSuchTenant', field: ['tenant'] });
}

/** Without asking who wants to know: for work that is nobody's request. */
export async function findTenantByName(
  database: Queryable,
  name: string,
): Promise<{ id: number; name: string } | undefined> {
  const [tenant] = await database.query<{ id: number; name: string }>(findTenant, [name]);
  return tenant;
}
