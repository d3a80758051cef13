import { requireUser } from '../../operations/access/authorize.js';
import { asOperation } from '../../operations/access/authorize-action.js';
import { createSessionCredentials } from '../../operations/credentials/create-session-credentials.js';
import { queryError } from '../query-api/query-error.js';
import type { QueryExchange, QueryResult } from '../query-api/query-operation.js';
import { credentialElements } from './session-request.js';

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html */
export async function getSessionToken({ context, parameters }: QueryExchange): Promise<QueryResult> {
  parameters.refuse('SerialNumber', 'TokenCode');
  if (requireUser(context).isTemporary) {
    throw queryError('AccessDenied', 'Cannot call GetSessionToken with session credentials');
  }
  const seconds = parameters.number('DurationSeconds', { least: 900, most: 129_600, usual: 43_200 });
  const asked = asOperation(context, { actions: ['sts:GetSessionToken'], resources: ['*'] });
  return credentialElements(await createSessionCredentials(asked, { operation: 'GetSessionToken', seconds }));
}
