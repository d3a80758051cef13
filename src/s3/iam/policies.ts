import type { RequestContext } from '../../operations/context.js';
import { countAttachments } from '../../operations/count-attachments.js';
import { createPolicy as create } from '../../operations/create-policy.js';
import { deletePolicy as remove } from '../../operations/delete-policy.js';
import { noSuchPolicy, type PolicyInfo } from '../../operations/find-policy.js';
import { getPolicy as find, listPolicies as list, listBuiltinPolicies } from '../../operations/list-policies.js';
import type { PageRequest } from '../../operations/page.js';
import { element } from '../protocol/xml-writer.js';
import type { Parameters } from '../query-api/parameters.js';
import { queryError } from '../query-api/query-error.js';
import type { QueryExchange, QueryOperations, QueryResult } from '../query-api/query-operation.js';
import { policyNameOf } from './arns.js';
import { encodedDocument, policyElements, requireRootPath } from './iam-elements.js';
import { isWithinPath, pageElements, pageOf } from './iam-page.js';

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html */
async function createPolicy({ context, parameters }: QueryExchange): Promise<QueryResult> {
  parameters.refuse('Tags');
  requireRootPath(parameters);
  const policy = await create(context, {
    name: parameters.required('PolicyName'),
    description: parameters.get('Description'),
    document: parameters.required('PolicyDocument'),
  });
  return [element('Policy', policyElements(context.caller.tenantName, policy, 0))];
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicy.html */
async function getPolicy({ context, parameters }: QueryExchange): Promise<QueryResult> {
  const policy = await namedPolicy(context, parameters);
  const [attachments] = await countAttachments(context, [policy.name]);
  return [element('Policy', policyElements(context.caller.tenantName, policy, attachments))];
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicyVersion.html : there is the current one, `v1`. */
async function getPolicyVersion({ context, parameters }: QueryExchange): Promise<QueryResult> {
  const policy = await namedPolicy(context, parameters);
  if (parameters.required('VersionId') !== 'v1') {
    throw noSuchPolicy('name');
  }
  const document = element('Document', encodedDocument(policy.document));
  return [element('PolicyVersion', [document, ...versionElements(policy)])];
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicyVersions.html */
async function listPolicyVersions({ context, parameters }: QueryExchange): Promise<QueryResult> {
  const policy = await namedPolicy(context, parameters);
  return [element('Versions', [element('member', versionElements(policy))]), element('IsTruncated', false)];
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicy.html */
async function deletePolicy({ context, parameters }: QueryExchange): Promise<QueryResult> {
  await remove(context, { name: nameOf(context, parameters) });
  return undefined;
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicies.html : the built-in ones first. */
async function listPolicies({ context, parameters }: QueryExchange): Promise<QueryResult> {
  const scope = parameters.get('Scope') ?? 'All';
  if (scope !== 'All' && scope !== 'AWS' && scope !== 'Local') {
    throw queryError('ValidationError', 'Scope must be All, AWS or Local.');
  }
  if (parameters.get('OnlyAttached') === 'true') {
    throw queryError('NotImplemented', 'The parameter OnlyAttached is not implemented here.');
  }
  parameters.refuse('PolicyUsageFilter');
  const page = await pageOfPolicies(context, scope, pageOf(parameters));
  const { items, truncated } = isWithinPath(parameters) ? page : { items: [], truncated: false };
  const counts = await countAttachments(
    context,
    items.map(({ name }) => name),
  );
  return pageElements({
    list: 'Policies',
    ...{ items: items.map((policy, index) => ({ policy, attachments: counts[index] })), truncated },
    nameOf: ({ policy }) => placeOf(policy),
    describe: ({ policy, attachments }) => policyElements(context.caller.tenantName, policy, attachments),
  });
}

async function pageOfPolicies(
  context: RequestContext,
  scope: 'All' | 'AWS' | 'Local',
  { after = '', limit }: PageRequest,
): Promise<{ items: PolicyInfo[]; truncated: boolean }> {
  const all = scope === 'Local' ? [] : listBuiltinPolicies().sort((a, b) => (a.name < b.name ? -1 : 1));
  const builtin = all.filter((policy) => placeOf(policy) > after);
  const place = after.startsWith('local/') ? { after: after.slice('local/'.length) } : {};
  // One more than can be needed is asked for, so that it is known whether there are any.
  const rest = Math.max(limit - builtin.length, 0);
  const own = await list(context, { ...place, limit: Math.max(rest, 1) });
  const found = [...builtin, ...(scope === 'AWS' ? [] : own.policies)];
  return { items: found.slice(0, limit), truncated: found.length > limit || (scope !== 'AWS' && own.truncated) };
}

/** Where a policy is in the list. */
function placeOf({ id, name }: PolicyInfo): string {
  return `${id === null ? 'builtin' : 'local'}/${name}`;
}

async function namedPolicy(context: RequestContext, parameters: Parameters): Promise<PolicyInfo> {
  const policy = await find(context, { name: nameOf(context, parameters) });
  if (policy === null) {
    throw noSuchPolicy('name');
  }
  return policy;
}

function nameOf(context: RequestContext, parameters: Parameters): string {
  return policyNameOf(parameters.required('PolicyArn'), context.caller.tenantName);
}

function versionElements({ updatedAt }: PolicyInfo) {
  return [
    element('VersionId', 'v1'),
    element('IsDefaultVersion', true),
    element('CreateDate', updatedAt?.toISOString()),
  ];
}

export const policyOperations: QueryOperations = {
  CreatePolicy: createPolicy,
  DeletePolicy: deletePolicy,
  GetPolicy: getPolicy,
  GetPolicyVersion: getPolicyVersion,
  ListPolicies: listPolicies,
  ListPolicyVersions: listPolicyVersions,
};
