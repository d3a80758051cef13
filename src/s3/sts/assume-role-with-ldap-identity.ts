import {
  assumeRoleOfDirectory,
  createDirectoryCredentials,
} from '../../operations/credentials/directory-credentials.js';
import type { QueryExchange, QueryResult } from '../query-api/query-operation.js';
import {
  assumedRoleElements,
  credentialElements,
  readRoleRequest,
  readSelfRequest,
  roleOf,
} from './session-request.js';

/** As MinIO has it: `LDAPUsername`, `LDAPPassword`, and `Tenant` where that is not the default one. */
export async function assumeRoleWithLdapIdentity({ context, parameters }: QueryExchange): Promise<QueryResult> {
  const tenant = parameters.get('Tenant') ?? 'default';
  const username = parameters.required('LDAPUsername');
  const credentials = { tenant, username, password: parameters.required('LDAPPassword') };
  const role = roleOf(parameters, tenant);
  if (role === undefined) {
    const asked = readSelfRequest(parameters, { operation: 'AssumeRoleWithLDAPIdentity', tenant });
    return credentialElements(await createDirectoryCredentials(context, { ...asked, credentials }));
  }
  const asked = readRoleRequest(parameters, { role });
  return assumedRoleElements(await assumeRoleOfDirectory(context, credentials, asked));
}
