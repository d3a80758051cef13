import { ShareLink } from '../../entities/index.js';
import { GranaryError } from '../../errors.js';
import { requireUser } from '../access/authorize.js';
import { authorizeAction, mayAct } from '../access/authorize-action.js';
import type { RequestContext } from '../context.js';
import { type PageRequest, toPage } from '../page.js';
import { resolveTenant } from '../tenants/resolve-tenant.js';

/** Which links of a tenant: the caller's own, or all that it may see. */
export interface ShareLinksOf {
  /** The caller's own when absent. */
  tenant?: string | undefined;
  whose?: 'own' | undefined;
}

const action = 'granary:ListShareLinks';

/** Share links, the newest first: all for who may list them, else those that the caller made. `after` is an id. */
export async function listShareLinks(
  context: RequestContext,
  input: ShareLinksOf & PageRequest,
): Promise<{ links: ShareLink[]; truncated: boolean }> {
  const where = await conditionOf(context, input);
  const isForward = input.direction !== 'backward';
  const place = input.after === undefined ? {} : { id: { [isForward ? '$lt' : '$gt']: validPlace(input.after) } };
  const found = await fork(context).find(
    ShareLink,
    { $and: [where, place] },
    { orderBy: { id: isForward ? 'desc' : 'asc' }, limit: input.limit + 1 },
  );
  const { items, truncated } = toPage(found, input);
  return { links: items, truncated };
}

/** How many {@link listShareLinks} has in all. */
export async function countShareLinks(context: RequestContext, input: ShareLinksOf): Promise<number> {
  return fork(context).count(ShareLink, await conditionOf(context, input));
}

/** Links in the order of the ids; null for those that the caller may not see. */
export async function loadShareLinksById(
  context: RequestContext,
  ids: readonly number[],
): Promise<(ShareLink | null)[]> {
  const caller = requireUser(context);
  const { tenantId: id, tenantName: name } = caller;
  const own = mayListOwn(context) ? [{ user: caller.userId }] : [];
  const seesAll = mayAct(context, action, { tenant: { id, name }, kind: 'tenant', name });
  const all = seesAll ? [caller.role === 'ADMINISTRATOR' ? {} : { tenant: id }] : [];
  const found =
    own.length + all.length === 0
      ? []
      : await fork(context).find(ShareLink, {
          id: { $in: [...ids] },
          $or: [...own, ...all],
          bucket: { deletedAt: null },
        });
  const byId = new Map(found.map((link) => [link.id, link]));
  return ids.map((one) => byId.get(one) ?? null);
}

async function conditionOf(context: RequestContext, { tenant: named, whose }: ShareLinksOf): Promise<object> {
  const tenant = await resolveTenant(context, named);
  const where = { tenant: tenant.id, bucket: { deletedAt: null } };
  if (whose === undefined && mayAct(context, action, { tenant, kind: 'tenant', name: tenant.name })) {
    return where;
  }
  return { ...where, user: requireOwn(context) };
}

/** Whether the caller may see the links that it made. */
export function mayListOwn(context: RequestContext): boolean {
  const { tenantId: id, tenantName: name, username } = requireUser(context);
  return mayAct(context, action, { tenant: { id, name }, kind: 'user', name: username });
}

function requireOwn(context: RequestContext): number {
  const { tenantId: id, tenantName: name, username, userId } = requireUser(context);
  authorizeAction(context, action, { tenant: { id, name }, kind: 'user', name: username });
  return userId;
}

function fork(context: RequestContext) {
  return context.granary.database.orm.em.fork();
}

export function validPlace(after: string): number {
  if (!/^\d{1,15}$/.test(after)) {
    throw new GranaryError('InvalidInput', 'This is not a place in the list.', { field: ['after'] });
  }
  return Number(after);
}
