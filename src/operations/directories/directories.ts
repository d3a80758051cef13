import type { Origin } from '../sign-in/session.js';

/** What a user has typed to sign in with. */
export interface DirectoryCredentials {
  /** The name of the tenant. */
  tenant: string;
  username: string;
  /** Never empty: to many directories a bind without a password is anonymous, and succeeds. */
  password: string;
  origin: Origin;
}

/** Verifies the passwords of users that are not kept here. */
export interface Directories {
  /**
   * The user whom a directory of the tenant has let in, by the id of its row here; undefined when there is no directory,
   * no such user in it, the password is wrong, or the user is disabled. Throws `Unavailable` when no directory can be asked.
   */
  signIn(credentials: DirectoryCredentials): Promise<{ userId: number } | undefined>;
  /**
   * Asks a user's directory whether it still has the user, unless that was done a short while ago, and does here what
   * it says. Nothing happens when it cannot be asked, or when the user is of no directory.
   */
  recheck(userId: number, origin: Origin): Promise<void>;
  /** The same for all users that were not asked for a while, as background work. */
  checkUsers(work: { signal: AbortSignal }): Promise<{ checked: number }>;
}
