import type { GroupMapping, LdapSettings } from '../../auth/ldap/ldap-settings.js';
import type { Role } from '../../entities/enums.js';

/** What a directory's row keeps in the clear: how it is asked, and what its groups mean. */
export interface DirectorySettings extends Omit<LdapSettings, 'bindPassword'> {
  readonly mappings: readonly GroupMapping[];
  /** For users whom no mapping gives a role; null keeps them out. */
  readonly defaultRole: Role | null;
}

/** The tenant of users of a directory without a tenant, where its mappings name none. */
export const fallbackTenant = 'default';

/** What holds for everything but the servers, the base and the account that searches, as is usual in OpenLDAP. */
export const defaultDirectorySettings: Omit<DirectorySettings, 'urls' | 'baseDn'> = {
  transport: 'TLS',
  caCertificates: null,
  serverName: null,
  bindMode: 'SEARCH',
  bindDn: null,
  userDnTemplate: null,
  userFilter: '(uid={username})',
  attributes: { username: 'uid', displayName: 'cn', email: 'mail', uniqueId: 'entryUUID' },
  groupLookup: 'MEMBER',
  nesting: 'WALK',
  groupBaseDn: null,
  groupFilter: '(objectClass=*)',
  connectTimeoutMs: 5000,
  operationTimeoutMs: 10_000,
  poolSize: 4,
  mappings: [],
  defaultRole: null,
};

/**
 * Whether a stored password of the account that searches may go where other settings lead: only to the same servers, in
 * the same way and for the same account, so that nobody who may change settings can have it sent elsewhere.
 */
export function mayKeepPassword(before: DirectorySettings, after: DirectorySettings): boolean {
  const fields = ['transport', 'caCertificates', 'serverName', 'bindDn'] as const;
  return (
    after.urls.every((url) => before.urls.includes(url)) && fields.every((field) => before[field] === after[field])
  );
}
