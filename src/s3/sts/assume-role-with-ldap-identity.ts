import { createDirectoryCredentials } from '../../operations/directory-credentials.js';
import type { QueryExchange, QueryResult } from '../query-api/query-operation.js';
import { credentialElements, readSessionRequest } from './session-request.js';

/** As MinIO has it: `LDAPUsername`, `LDAPPassword`, and `Tenant` where that is not the default one. */
export async function assumeRoleWithLdapIdentity({ context, parameters }: QueryExchange): Promise<QueryResult> {
  const tenant = parameters.get('Tenant') ?? 'default';
  const username = parameters.required('LDAPUsername');
  const credentials = { tenant, username, password: parameters.required('LDAPPassword') };
  const asked = readSessionRequest(parameters, { operation: 'AssumeRoleWithLDAPIdentity', tenant });
  return credentialElements(await createDirectoryCredentials(context, { ...asked, credentials }));
}
