import type { UserCaller } from '../../auth/caller.js';
import { requireUser } from '../access/authorize.js';
import { type ActionResource, authorizeAction, mayAct } from '../access/authorize-action.js';
import type { RequestContext } from '../context.js';

/** The caller, when it may do this with its favourites: nobody has to do with those of others. */
export function authorizeFavourites(
  context: RequestContext,
  action: 'granary:AddFavourite' | 'granary:ListFavourites' | 'granary:RemoveFavourite',
): UserCaller {
  return authorizeAction(context, action, itself(requireUser(context)));
}

/** Whether the caller may see which objects are its favourites. */
export function maySeeFavourites(context: RequestContext): boolean {
  const { caller } = context;
  return caller.kind === 'user' && mayAct(context, 'granary:ListFavourites', itself(caller));
}

function itself({ tenantId: id, tenantName: name, username }: UserCaller): ActionResource {
  return { tenant: { id, name }, kind: 'user', name: username };
}
