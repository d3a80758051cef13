import type { RequestContext } from '../../operations/context.js';
import type { PageRequest } from '../../operations/page.js';
import { countAttachments } from '../../operations/policies/count-attachments.js';
import { createPolicy as create } from '../../operations/policies/create-policy.js';
import { deletePolicy as remove } from '../../operations/policies/delete-policy.js';
import { noSuchPolicy, type PolicyInfo } from '../../operations/policies/find-policy.js';
import {
  getPolicy as find,
  listPolicies as list,
  listBuiltinPolicies,
} from '../../operations/policies/list-policies.js';
import { countBoundaries } from '../../operations/policies/policy-entities.js';
import { listPolicyVersions } from '../../operations/policies/policy-versions.js';
import { updatePolicy as update } from '../../operations/policies/update-policy.js';
import { element } from '../protocol/xml-writer.js';
import type { Parameters } from '../query-api/parameters.js';
import { queryError } from '../query-api/query-error.js';
import type { QueryExchange, QueryOperations, QueryResult } from '../query-api/query-operation.js';
import { tagsOf, withoutTags, withTags } from '../query-api/request-tags.js';
import { namedPolicyOf } from './arns.js';
import { type CountedPolicy, policyElements, tagElements, tagPage } from './iam-elements.js';
import { markerOf, pageOf } from './iam-page.js';
import { refuseInUse } from './refuse-in-use.js';

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html */
async function createPolicy({ context, parameters }: QueryExchange): Promise<QueryResult> {
  const policy = await create(context, {
    name: parameters.required('PolicyName'),
    description: parameters.get('Description'),
    path: parameters.get('Path'),
    tags: tagsOf(parameters),
    document: parameters.required('PolicyDocument'),
  });
  const described = policyElements(context.caller.tenantName, { policy, attachments: 0, boundaries: 0 });
  return [element('Policy', [...described, tagElements(policy.tags)])];
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicy.html */
async function getPolicy({ context, parameters }: QueryExchange): Promise<QueryResult> {
  const policy = await namedPolicy(context, parameters);
  const [counted] = await withCounts(context, [policy]);
  const described = counted === undefined ? [] : policyElements(context.caller.tenantName, counted);
  return [element('Policy', [...described, tagElements(policy.tags)])];
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicy.html */
async function deletePolicy({ context, parameters }: QueryExchange): Promise<QueryResult> {
  const name = namedPolicyOf(context, parameters);
  const versions = await listPolicyVersions(context, { name });
  refuseInUse(
    'must delete the other versions of the policy first',
    versions.filter(({ isDefault }) => !isDefault),
  );
  await remove(context, { name });
  return undefined;
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicies.html : the built-in ones first. */
async function listPolicies({ context, parameters }: QueryExchange): Promise<QueryResult> {
  const scope = parameters.get('Scope') ?? 'All';
  if (scope !== 'All' && scope !== 'AWS' && scope !== 'Local') {
    throw queryError('ValidationError', 'Scope must be All, AWS or Local.');
  }
  const { items, truncated } = await pageOfPolicies(
    context,
    { scope, prefix: parameters.get('PathPrefix') },
    pageOf(parameters),
  );
  const counted = await withCounts(context, items);
  const last = items.at(-1);
  // A page can be shorter than was asked for when not all of it is wanted, and then goes on where the whole one ended.
  const isWanted = usageFilter(parameters);
  const describe = (policy: CountedPolicy) => policyElements(context.caller.tenantName, policy);
  return [
    element(
      'Policies',
      counted.filter(isWanted).map((policy) => element('member', describe(policy))),
    ),
    element('IsTruncated', truncated),
    truncated && last !== undefined ? element('Marker', markerOf(placeOf(last))) : undefined,
  ];
}

function usageFilter(parameters: Parameters): (counted: CountedPolicy) => boolean {
  const usage = parameters.get('PolicyUsageFilter');
  if (usage !== undefined && usage !== 'PermissionsPolicy' && usage !== 'PermissionsBoundary') {
    throw queryError('ValidationError', 'PolicyUsageFilter must be PermissionsPolicy or PermissionsBoundary.');
  }
  const onlyAttached = parameters.get('OnlyAttached') === 'true';
  return ({ attachments, boundaries }) =>
    usage === 'PermissionsBoundary'
      ? boundaries > 0
      : (usage === undefined || attachments > 0) && (!onlyAttached || attachments > 0);
}

async function withCounts(context: RequestContext, policies: readonly PolicyInfo[]): Promise<CountedPolicy[]> {
  const names = policies.map(({ name }) => name);
  const [attachments, boundaries] = [await countAttachments(context, names), await countBoundaries(context, names)];
  return policies.map((policy, index) => ({
    policy,
    attachments: attachments[index] ?? 0,
    boundaries: boundaries[index] ?? 0,
  }));
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagPolicy.html */
async function tagPolicy({ context, parameters }: QueryExchange): Promise<QueryResult> {
  await update(context, { name: namedPolicyOf(context, parameters), tags: withTags(parameters) });
  return undefined;
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagPolicy.html */
async function untagPolicy({ context, parameters }: QueryExchange): Promise<QueryResult> {
  await update(context, { name: namedPolicyOf(context, parameters), tags: withoutTags(parameters) });
  return undefined;
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicyTags.html */
async function listPolicyTags({ context, parameters }: QueryExchange): Promise<QueryResult> {
  return tagPage(parameters, (await namedPolicy(context, parameters)).tags);
}

async function pageOfPolicies(
  context: RequestContext,
  { scope, prefix = '/' }: { scope: 'All' | 'AWS' | 'Local'; prefix: string | undefined },
  { after = '', limit }: PageRequest,
): Promise<{ items: PolicyInfo[]; truncated: boolean }> {
  const all =
    scope === 'Local' || prefix !== '/' ? [] : listBuiltinPolicies().sort((a, b) => (a.name < b.name ? -1 : 1));
  const builtin = all.filter((policy) => placeOf(policy) > after);
  const place = after.startsWith('local/') ? { after: after.slice('local/'.length) } : {};
  // One more than can be needed is asked for, so that it is known whether there are any.
  const rest = Math.max(limit - builtin.length, 0);
  const own = await list(context, { ...place, pathPrefix: prefix, limit: Math.max(rest, 1) });
  const found = [...builtin, ...(scope === 'AWS' ? [] : own.policies)];
  return { items: found.slice(0, limit), truncated: found.length > limit || (scope !== 'AWS' && own.truncated) };
}

/** Where a policy is in the list. */
function placeOf({ id, name }: PolicyInfo): string {
  return `${id === null ? 'builtin' : 'local'}/${name}`;
}

async function namedPolicy(context: RequestContext, parameters: Parameters): Promise<PolicyInfo> {
  const policy = await find(context, { name: namedPolicyOf(context, parameters) });
  if (policy === null) {
    throw noSuchPolicy('name');
  }
  return policy;
}

export const policyOperations: QueryOperations = {
  CreatePolicy: createPolicy,
  DeletePolicy: deletePolicy,
  GetPolicy: getPolicy,
  ListPolicies: listPolicies,
  ListPolicyTags: listPolicyTags,
  TagPolicy: tagPolicy,
  UntagPolicy: untagPolicy,
};
