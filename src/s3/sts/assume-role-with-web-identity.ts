import { isGranaryError } from '../../errors.js';
import {
  assumeRoleWithToken,
  createWebIdentityCredentials,
  type WebIdentity,
} from '../../operations/credentials/web-identity-credentials.js';
import { element } from '../protocol/xml-writer.js';
import { queryError } from '../query-api/query-error.js';
import type { QueryExchange, QueryResult } from '../query-api/query-operation.js';
import {
  assumedRoleElements,
  credentialElements,
  readRoleRequest,
  readSelfRequest,
  roleOf,
} from './session-request.js';

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html */
export async function assumeRoleWithWebIdentity({ context, parameters }: QueryExchange): Promise<QueryResult> {
  const token = parameters.required('WebIdentityToken');
  // The request is not signed: whoever has the token could say of itself what it likes.
  parameters.refuse('ProviderId', 'Tags', 'TransitiveTagKeys', 'SourceIdentity', 'ExternalId');
  // What it means not to name a tenant is for the token to say, and for a role it is the default one.
  const tenant = /^arn:aws:iam::([a-z0-9-]+):/.exec(parameters.get('RoleArn') ?? '')?.[1] ?? 'default';
  const role = roleOf(parameters, tenant);
  try {
    if (role === undefined) {
      const asked = readSelfRequest(parameters, { operation: 'AssumeRoleWithWebIdentity', tenant });
      const made = await createWebIdentityCredentials(context, { ...asked, token });
      return [...identityElements(made), ...credentialElements(made)];
    }
    const made = await assumeRoleWithToken(context, token, readRoleRequest(parameters, { role }));
    return [...identityElements(made), ...assumedRoleElements(made)];
  } catch (error) {
    throw isGranaryError(error, 'Unauthenticated') ? queryError('InvalidIdentityToken', error.message) : error;
  }
}

function identityElements({ subject, audience, issuer }: WebIdentity) {
  return [element('SubjectFromWebIdentityToken', subject), element('Audience', audience), element('Provider', issuer)];
}
