import { countGroups } from '../../operations/identities/list-groups.js';
import { countRoles } from '../../operations/identities/list-roles.js';
import { countUsers } from '../../operations/identities/list-users.js';
import { countPolicies } from '../../operations/policies/list-policies.js';
import { element } from '../protocol/xml-writer.js';
import type { QueryExchange, QueryOperations, QueryResult } from '../query-api/query-operation.js';

/** What is not limited by a number of its own: the largest that clients can read. */
const unlimited = 2_147_483_647;

/**
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html : what the tenant has, and what may be
 * here where AWS has its quotas. Of what does not exist here there may be none.
 */
async function getAccountSummary({ context }: QueryExchange): Promise<QueryResult> {
  const counts: [string, number][] = [
    ['Users', await countUsers(context, {})],
    ['Groups', await countGroups(context, {})],
    ['Roles', await countRoles(context, {})],
    ['Policies', await countPolicies(context, {})],
    ['UsersQuota', unlimited],
    ['GroupsQuota', unlimited],
    ['GroupsPerUserQuota', 50],
    ['RolesQuota', 1000],
    ['PoliciesQuota', unlimited],
    ['VersionsPerPolicyQuota', 5],
    ['PolicyVersionsInUseQuota', unlimited],
    ['PolicySizeQuota', 6144],
    ['UserPolicySizeQuota', 20 * 6144],
    ['GroupPolicySizeQuota', 20 * 6144],
    ['RolePolicySizeQuota', 20 * 6144],
    ['AssumeRolePolicySizeQuota', 4096],
    ['AccessKeysPerUserQuota', unlimited],
    ['SigningCertificatesPerUserQuota', 0],
    ['ServerCertificates', 0],
    ['ServerCertificatesQuota', 0],
    ['InstanceProfiles', 0],
    ['InstanceProfilesQuota', 0],
    ['AttachedPoliciesPerUserQuota', 20],
    ['AttachedPoliciesPerGroupQuota', 20],
    ['AttachedPoliciesPerRoleQuota', 20],
  ];
  const entries = counts.map(([key, value]) => element('entry', [element('key', key), element('value', value)]));
  return [element('SummaryMap', entries)];
}

export const accountOperations: QueryOperations = { GetAccountSummary: getAccountSummary };
