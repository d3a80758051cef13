import { isGranaryError } from '../../errors.js';
import { createWebIdentityCredentials } from '../../operations/web-identity-credentials.js';
import { element } from '../protocol/xml-writer.js';
import { queryError } from '../query-api/query-error.js';
import type { QueryExchange, QueryResult } from '../query-api/query-operation.js';
import { assumedRoleUser, credentialElements, readSessionRequest, roleNameOf } from './session-request.js';

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html */
export async function assumeRoleWithWebIdentity({ context, parameters }: QueryExchange): Promise<QueryResult> {
  const token = parameters.required('WebIdentityToken');
  parameters.refuse('ProviderId');
  const roleArn = parameters.get('RoleArn');
  const named = /^arn:aws:iam::([a-z0-9-]+):/.exec(roleArn ?? '')?.[1] ?? 'default';
  const asked = readSessionRequest(parameters, { operation: 'AssumeRoleWithWebIdentity', tenant: named });
  roleNameOf(roleArn, named);
  try {
    const made = await createWebIdentityCredentials(context, { ...asked, token });
    const { tenantName: tenant, canonicalId: userId } = made.caller;
    const role = roleNameOf(roleArn, tenant);
    return [
      element('SubjectFromWebIdentityToken', made.subject),
      element('Audience', made.audience),
      element('Provider', made.issuer),
      assumedRoleUser({ tenant, role, userId, name: asked.sessionName }),
      ...credentialElements(made),
    ];
  } catch (error) {
    throw isGranaryError(error, 'Unauthenticated') ? queryError('InvalidIdentityToken', error.message) : error;
  }
}
