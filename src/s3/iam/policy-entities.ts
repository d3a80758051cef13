import { uniqueId } from '../../auth/caller-arn.js';
import { listPolicyEntities, type PolicyEntity } from '../../operations/policies/policy-entities.js';
import { element } from '../protocol/xml-writer.js';
import type { Parameters } from '../query-api/parameters.js';
import { queryError } from '../query-api/query-error.js';
import type { QueryExchange, QueryOperations, QueryResult } from '../query-api/query-operation.js';
import { namedPolicyOf } from './arns.js';
import { groupId } from './iam-elements.js';
import { markerOf, pageOf } from './iam-page.js';

const kindOfFilter = { User: 'user', Group: 'group', Role: 'role' } as const;
const usageOfFilter = { PermissionsPolicy: 'permissions', PermissionsBoundary: 'boundary' } as const;

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListEntitiesForPolicy.html */
async function listEntitiesForPolicy({ context, parameters }: QueryExchange): Promise<QueryResult> {
  const { after = '', limit } = pageOf(parameters);
  const { entities, truncated } = await listPolicyEntities(context, {
    policy: namedPolicyOf(context, parameters),
    kinds: kindsOf(parameters),
    usage: usageOf(parameters),
    pathPrefix: parameters.get('PathPrefix') ?? '/',
    ...{ after, limit },
  });
  const last = entities.at(-1);
  return [
    ...(['Group', 'User', 'Role'] as const).map((noun) => membersOf(noun, entities)),
    element('IsTruncated', truncated),
    truncated && last !== undefined ? element('Marker', markerOf(`${last.kind}/${last.name}`)) : undefined,
  ];
}

function membersOf(noun: keyof typeof kindOfFilter, entities: readonly PolicyEntity[]) {
  const members = entities.filter(({ kind }) => kind === kindOfFilter[noun]);
  return element(
    `Policy${noun}s`,
    members.map(({ kind, name, id }) =>
      element('member', [element(`${noun}Name`, name), element(`${noun}Id`, idOf(kind, id))]),
    ),
  );
}

function idOf(kind: PolicyEntity['kind'], id: string): string {
  return kind === 'group' ? groupId(Number(id)) : uniqueId(kind, id);
}

function kindsOf(parameters: Parameters): PolicyEntity['kind'][] {
  const filter = parameters.get('EntityFilter');
  if (filter === undefined) {
    return ['user', 'group', 'role'];
  }
  if (filter === 'LocalManagedPolicy' || filter === 'AWSManagedPolicy') {
    return [];
  }
  if (!Object.hasOwn(kindOfFilter, filter)) {
    throw queryError('ValidationError', 'EntityFilter must be User, Group or Role.');
  }
  return [kindOfFilter[filter as keyof typeof kindOfFilter]];
}

/** `PolicyUsageFilter` of this operation and of ListPolicies. */
function usageOf(parameters: Parameters): 'permissions' | 'boundary' | 'any' {
  const filter = parameters.get('PolicyUsageFilter');
  if (filter !== undefined && !Object.hasOwn(usageOfFilter, filter)) {
    throw queryError('ValidationError', 'PolicyUsageFilter must be PermissionsPolicy or PermissionsBoundary.');
  }
  return filter === undefined ? 'any' : usageOfFilter[filter as keyof typeof usageOfFilter];
}

export const policyEntityOperations: QueryOperations = { ListEntitiesForPolicy: listEntitiesForPolicy };
