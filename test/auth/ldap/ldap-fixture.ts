import type { LdapSettings } from '../../../src/auth/ldap/ldap-settings.js';
import type { Slapd } from '../../support/slapd.js';

/** How the example directory of a slapd is asked, by an account that searches. */
export function settingsFor(slapd: Slapd, changes: Partial<LdapSettings> = {}): LdapSettings {
  return {
    ...{ urls: [slapd.secureUrl], transport: 'TLS', caCertificates: slapd.caCertificate, serverName: null },
    ...{ bindMode: 'SEARCH', bindDn: `cn=reader,${slapd.baseDn}`, bindPassword: 'reader-password' },
    ...{ userDnTemplate: null, baseDn: slapd.baseDn, userFilter: '(&(objectClass=inetOrgPerson)(uid={username}))' },
    attributes: { username: 'uid', displayName: 'cn', email: 'mail', uniqueId: 'entryUUID' },
    ...{ groupLookup: 'MEMBER', nesting: 'WALK', groupBaseDn: null, groupFilter: '(objectClass=*)' },
    ...{ connectTimeoutMs: 2000, operationTimeoutMs: 5000, poolSize: 2 },
    ...changes,
  };
}
