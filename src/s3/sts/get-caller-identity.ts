import { requireUser } from '../../operations/authorize.js';
import { element } from '../protocol/xml-writer.js';
import type { QueryExchange, QueryResult } from '../query-api/query-operation.js';

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html : the ARN that policies match. */
export async function getCallerIdentity({ context }: QueryExchange): Promise<QueryResult> {
  const { canonicalId, tenantName, username } = requireUser(context);
  return [
    element('UserId', canonicalId),
    element('Account', tenantName),
    element('Arn', `arn:aws:iam::${tenantName}:user/${username}`),
  ];
}
