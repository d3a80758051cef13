import { requireUser } from '../../operations/access/authorize.js';
import { assumeRole as assume } from '../../operations/credentials/assume-role.js';
import { createSessionCredentials } from '../../operations/credentials/create-session-credentials.js';
import type { QueryExchange, QueryResult } from '../query-api/query-operation.js';
import {
  assumedRoleElements,
  credentialElements,
  readRoleRequest,
  readSelfRequest,
  roleOf,
} from './session-request.js';

/**
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html : without a role the caller stays who it is,
 * with its own rights or, by session policies, fewer.
 */
export async function assumeRole({ context, parameters }: QueryExchange): Promise<QueryResult> {
  const { tenantName: tenant, isTemporary } = requireUser(context);
  const role = roleOf(parameters, tenant);
  const most = isTemporary ? { most: 3600 } : {};
  if (role === undefined) {
    const asked = readSelfRequest(parameters, { operation: 'AssumeRole', tenant, ...most });
    return credentialElements(await createSessionCredentials(context, asked));
  }
  return assumedRoleElements(await assume(context, readRoleRequest(parameters, { role, ...most })));
}
