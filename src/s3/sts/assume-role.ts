import { requireUser } from '../../operations/authorize.js';
import { createSessionCredentials } from '../../operations/create-session-credentials.js';
import type { QueryExchange, QueryResult } from '../query-api/query-operation.js';
import { assumedRoleUser, credentialElements, readSessionRequest, roleNameOf } from './session-request.js';

/**
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html : whatever the role is called, the caller stays
 * who it is, with its own rights or, by session policies, fewer.
 */
export async function assumeRole({ context, parameters }: QueryExchange): Promise<QueryResult> {
  const { tenantName: tenant, canonicalId: userId, isTemporary } = requireUser(context);
  const role = roleNameOf(parameters.get('RoleArn'), tenant);
  const limits = { operation: 'AssumeRole', tenant, ...(isTemporary ? { most: 3600 } : {}) };
  const asked = readSessionRequest(parameters, limits);
  const made = await createSessionCredentials(context, asked);
  return [...credentialElements(made), assumedRoleUser({ tenant, role, userId, name: asked.sessionName })];
}
