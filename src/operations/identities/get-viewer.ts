import { Tenant, User } from '../../entities/index.js';
import { GranaryError } from '../../errors.js';
import { requireUser } from '../access/authorize.js';
import type { RequestContext } from '../context.js';

/** The signed-in user and its tenant. */
export async function getViewer(context: RequestContext): Promise<{ user: User; tenant: Tenant }> {
  const caller = requireUser(context);
  const em = context.granary.database.orm.em.fork();
  const user = await em.findOne(User, { id: caller.userId, tenant: caller.tenantId }, { populate: ['tenant'] });
  if (user === null) {
    throw new GranaryError('Unauthenticated', 'The user no longer exists.');
  }
  return { user, tenant: user.tenant };
}
