import type { UserCaller } from '../auth/caller.js';
import { requireUser } from '../operations/authorize.js';
import type { RequestContext } from '../operations/context.js';
import type { Loaders } from './loaders.js';

/** What every resolver is handed. */
export interface GraphqlContext {
  readonly request: RequestContext;
  /** Where clients reach this server, without a slash at the end: what download links begin with. */
  readonly publicUrl: string;
  /** Of this request alone, so that nobody sees what another's permissions loaded. */
  readonly loaders: Loaders;
}

/** The signed-in caller of a request. */
export function callerOf(context: GraphqlContext): UserCaller {
  return requireUser(context.request);
}
