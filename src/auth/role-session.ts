/** What a session of a role is called and brings along, as it is kept with its credentials. */
export interface RoleSession {
  readonly name: string;
  /** Of the session; they go before the role's own. */
  readonly tags: Readonly<Record<string, string>>;
  /** The names of tags that sessions which this one begins have too. */
  readonly transitiveTags: readonly string[];
  /** Who began the session, in its own words, or those of the session that this one was begun from. */
  readonly sourceIdentity?: string | undefined;
  /** The OpenID provider that vouched for whoever began it. */
  readonly provider?: string | undefined;
}

/** A role as whoever has assumed it. */
export interface AssumedRole extends RoleSession {
  readonly role: string;
}

/** The username of a role's account: no user can have one with a slash. */
export const ROLE_ACCOUNT_PREFIX = 'role/';

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html : names of sessions, and source identities. */
export function isSessionText(text: string): boolean {
  return /^[\w+=,.@-]{2,64}$/.test(text);
}
