import { knownName } from '../../operations/identities/known-name.js';
import type { QueryExchange } from '../query-api/query-operation.js';

const kinds = { UserName: 'user', GroupName: 'group', RoleName: 'role' } as const;
const newNames = { NewUserName: 'UserName', NewGroupName: 'GroupName' } as const;

/**
 * The request with names as they are written by who has them: to IAM, names that differ only in case are one
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html). So is what is to be made, which then is
 * there already; but whatever is called something new may become another spelling of its own name.
 */
export async function inKnownNames(action: string, { context, parameters }: QueryExchange): Promise<QueryExchange> {
  let known = parameters;
  const replace = async (parameter: string, kind: 'user' | 'group' | 'role' | 'policy', own?: string) => {
    const name = known.get(parameter);
    const found = name === undefined ? undefined : await knownName(context, { kind, name });
    known = found === undefined || found === own ? known : known.with(parameter, found);
  };
  for (const [parameter, kind] of Object.entries(kinds)) {
    await replace(parameter, kind);
  }
  for (const [parameter, own] of Object.entries(newNames)) {
    await replace(parameter, kinds[own], known.get(own));
  }
  if (action === 'CreatePolicy') {
    await replace('PolicyName', 'policy');
  }
  return { context, parameters: known };
}
