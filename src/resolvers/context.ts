import type { UserCaller } from '../auth/caller.js';
import { requireUser } from '../operations/access/authorize.js';
import type { RequestContext } from '../operations/context.js';
import type { Session } from '../operations/sign-in/session.js';
import type { Loaders } from './loaders.js';

/** What every resolver is handed. */
export interface GraphqlContext {
  readonly request: RequestContext;
  /** Where clients reach this server, without a slash at the end: what download links begin with. */
  readonly publicUrl: string;
  /** Where clients reach the S3 port, without a slash at the end: what links to parts begin with. */
  readonly s3Url: string;
  /** Of this request alone, so that nobody sees what another's permissions loaded. */
  readonly loaders: Loaders;
  readonly cookies: SessionCookies;
  /**
   * The same, as it would be if the request came just now: for subscriptions, which outlive what their caller may do.
   * Throws `Unauthenticated` when its credentials are no good any more.
   */
  renew(): Promise<GraphqlContext>;
  /**
   * Of subscriptions: has somebody told when {@link renew} would throw because the caller is signed out, also while
   * nothing happens. Returns what ends it.
   */
  readonly onSignedOut?: (tell: (error: unknown) => void) => () => void;
}

/** The cookies by which a browser stays signed in; scripts on its pages cannot read them. */
export interface SessionCookies {
  /** The refresh token that the browser has sent along. */
  readonly refreshToken: string | undefined;
  /** Throws `Denied` when the page that asks is not one of this server's. */
  requireOwnSite(): void;
  put(session: Session): void;
  clear(): void;
}

/** The signed-in caller of a request. */
export function callerOf(context: GraphqlContext): UserCaller {
  return requireUser(context.request);
}
