import type { TestServer } from '../../support/server.js';
import type { Slapd } from '../../support/slapd.js';

export const bindPassword = 'reader-password';

/** The input that adds a slapd with the example people as a directory. */
export function directoryInput(slapd: Slapd, changes: object = {}): object {
  return {
    name: 'corp',
    urls: [slapd.secureUrl],
    caCertificates: slapd.caCertificate,
    bindDn: `cn=reader,${slapd.baseDn}`,
    bindPassword,
    baseDn: slapd.baseDn,
    userFilter: '(&(objectClass=inetOrgPerson)(uid={username}))',
    groupFilter: '(|(objectClass=groupOfNames)(objectClass=groupOfUniqueNames))',
    mappings: [
      { group: 'everyone', role: 'MEMBER', groups: ['writers'], policies: ['share'] },
      { group: `cn=administrators,ou=groups,${slapd.baseDn}`, tenant: 'acme', role: 'TENANT_ADMINISTRATOR' },
    ],
    connectTimeoutMs: 2000,
    operationTimeoutMs: 5000,
    ...changes,
  };
}

/** Runs a mutation as the administrator; fails when it says no. */
export async function mutate(server: TestServer, field: string, input: object, selection: string) {
  const type = `${field[0]?.toUpperCase()}${field.slice(1)}Input!`;
  const query = `mutation($input: ${type}) { ${field}(input: $input) { ${selection} userErrors { code field message } } }`;
  const { data, errors } = await server.graphql(query, { input });
  if (errors !== undefined) {
    throw new Error(JSON.stringify(errors));
  }
  return data[field];
}

/** What `login` answers. */
export function signIn(server: TestServer, username: string, password: string, tenant?: string) {
  const query = `mutation($input: LoginInput!) { login(input: $input) {
    accessToken refreshToken user { username role source displayName email } userErrors { code message } } }`;
  return server.graphql(query, { input: { username, password, tenant } }, null);
}
