import type { QueryOperations } from '../query-api/query-operation.js';
import { assumeRole } from './assume-role.js';
import { assumeRoleWithLdapIdentity } from './assume-role-with-ldap-identity.js';
import { assumeRoleWithWebIdentity } from './assume-role-with-web-identity.js';
import { getCallerIdentity } from './get-caller-identity.js';
import { getSessionToken } from './get-session-token.js';

/** What STS does, by the name of the action. */
export const stsOperations: QueryOperations = {
  AssumeRole: assumeRole,
  AssumeRoleWithLDAPIdentity: assumeRoleWithLdapIdentity,
  AssumeRoleWithWebIdentity: assumeRoleWithWebIdentity,
  GetCallerIdentity: getCallerIdentity,
  GetSessionToken: getSessionToken,
};

/** Those whose parameters say who asks. */
export const unsignedOperations: ReadonlySet<string> = new Set([
  'AssumeRoleWithLDAPIdentity',
  'AssumeRoleWithWebIdentity',
]);
