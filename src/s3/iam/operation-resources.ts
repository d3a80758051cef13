import { principalArn } from '../../auth/caller-arn.js';
import { requireUser } from '../../operations/access/authorize.js';
import type { RequestContext } from '../../operations/context.js';
import { findEntityPath } from '../../operations/identities/entity-paths.js';
import type { Parameters } from '../query-api/parameters.js';
import type { QueryExchange } from '../query-api/query-operation.js';
import { iamArn } from './arns.js';

type Kind = 'user' | 'group' | 'role' | 'policy';

const lists: Readonly<Record<string, Kind>> = {
  ListGroups: 'group',
  ListPolicies: 'policy',
  ListRoles: 'role',
  ListUsers: 'user',
};
const ofEverything = new Set(['GetAccessKeyLastUsed', 'GetAccountSummary', 'SimulateCustomPolicy']);
const parameterOf = { user: 'UserName', group: 'GroupName', role: 'RoleName' } as const;

/**
 * What policies take an operation to be done to:
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html . What
 * gets another name or place is asked about under both.
 */
export async function resourcesOf(action: string, { context, parameters }: QueryExchange): Promise<string[]> {
  const { tenantName } = context.caller;
  const listed = lists[action];
  if (listed !== undefined) {
    return [iamArn(tenantName, listed, { path: parameters.get('PathPrefix') ?? '/', name: '' })];
  }
  if (ofEverything.has(action)) {
    return ['*'];
  }
  if (action === 'SimulatePrincipalPolicy') {
    return [parameters.required('PolicySourceArn')];
  }
  const kind = kindOf(action);
  return kind === 'policy'
    ? [policyOf(action, tenantName, parameters)]
    : entitiesOf(context, kind, { action, parameters });
}

/** Names of operations say what they are done to, before they say what with. */
function kindOf(action: string): Kind {
  if (action === 'ListGroupsForUser') {
    return 'user';
  }
  if (action.includes('Role')) {
    return 'role';
  }
  if (action.includes('Group')) {
    return 'group';
  }
  return action.includes('User') || action.includes('AccessKey') ? 'user' : 'policy';
}

function policyOf(action: string, tenant: string, parameters: Parameters): string {
  return action === 'CreatePolicy'
    ? iamArn(tenant, 'policy', { path: parameters.get('Path') ?? '/', name: parameters.required('PolicyName') })
    : parameters.required('PolicyArn');
}

async function entitiesOf(
  context: RequestContext,
  kind: Exclude<Kind, 'policy'>,
  { action, parameters }: { action: string; parameters: Parameters },
): Promise<string[]> {
  const { tenantName } = context.caller;
  const name = parameters.get(parameterOf[kind]);
  if (name === undefined) {
    return [principalArn(requireUser(context))];
  }
  if (action === `Create${parameterOf[kind].replace('Name', '')}`) {
    return [iamArn(tenantName, kind, { path: parameters.get('Path') ?? '/', name })];
  }
  const path = await findEntityPath(context, { kind, name });
  const known = iamArn(tenantName, kind, { path, name });
  const renamed = {
    path: parameters.get('NewPath') ?? path,
    name: parameters.get(`New${parameterOf[kind]}`) ?? name,
  };
  return action.startsWith('Update') ? [known, iamArn(tenantName, kind, renamed)] : [known];
}
