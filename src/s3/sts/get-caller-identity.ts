import { callerUserId, identityArn } from '../../auth/caller-arn.js';
import { requireUser } from '../../operations/access/authorize.js';
import { element } from '../protocol/xml-writer.js';
import type { QueryExchange, QueryResult } from '../query-api/query-operation.js';

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html : an ARN that policies match. */
export async function getCallerIdentity({ context }: QueryExchange): Promise<QueryResult> {
  const caller = requireUser(context);
  return [
    element('UserId', callerUserId(caller)),
    element('Account', caller.tenantName),
    element('Arn', identityArn(caller)),
  ];
}
