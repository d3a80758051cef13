import { countGroups } from '../../operations/identities/list-groups.js';
import { countRoles } from '../../operations/identities/list-roles.js';
import { countUsers } from '../../operations/identities/list-users.js';
import { countPolicies } from '../../operations/policies/list-policies.js';
import { element } from '../protocol/xml-writer.js';
import type { QueryExchange, QueryOperations, QueryResult } from '../query-api/query-operation.js';

/**
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html : what the tenant has, and those limits
 * of AWS's that are limits here.
 */
async function getAccountSummary({ context }: QueryExchange): Promise<QueryResult> {
  const counts: [string, number][] = [
    ['Users', await countUsers(context, {})],
    ['Groups', await countGroups(context, {})],
    ['Roles', await countRoles(context, {})],
    ['Policies', await countPolicies(context, {})],
    ['RolesQuota', 1000],
    ['VersionsPerPolicyQuota', 5],
    ['PolicySizeQuota', 6144],
    ['AttachedPoliciesPerUserQuota', 20],
    ['AttachedPoliciesPerGroupQuota', 20],
    ['AttachedPoliciesPerRoleQuota', 20],
  ];
  const entries = counts.map(([key, value]) => element('entry', [element('key', key), element('value', value)]));
  return [element('SummaryMap', entries)];
}

export const accountOperations: QueryOperations = { GetAccountSummary: getAccountSummary };
