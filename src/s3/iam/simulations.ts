import {
  type SimulatedDecision,
  type SimulationInput,
  simulatePolicies,
} from '../../operations/access/simulate-policies.js';
import { element } from '../protocol/xml-writer.js';
import type { Parameters } from '../query-api/parameters.js';
import { queryError } from '../query-api/query-error.js';
import type { QueryExchange, QueryOperations, QueryResult } from '../query-api/query-operation.js';
import { missing } from '../query-api/violation.js';
import { pageElements, pageOf } from './iam-page.js';

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulateCustomPolicy.html */
async function simulateCustomPolicy({ context, parameters }: QueryExchange): Promise<QueryResult> {
  const { documents, ...asked } = askedIn(parameters);
  if (documents.length === 0) {
    throw missing('policyInputList');
  }
  return resultOf(parameters, await simulatePolicies(context, { ...asked, documents }));
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html */
async function simulatePrincipalPolicy({ context, parameters }: QueryExchange): Promise<QueryResult> {
  const principal = principalOf(parameters.required('PolicySourceArn'), context.caller.tenantName);
  return resultOf(parameters, await simulatePolicies(context, { ...askedIn(parameters), principal }));
}

function askedIn(parameters: Parameters): Omit<SimulationInput, 'principal'> {
  // What a bucket's policy or a boundary would add must not be left out without a word.
  parameters.refuse(
    'CallerArn',
    'PermissionsBoundaryPolicyInputList',
    'ResourceHandlingOption',
    'ResourceOwner',
    'ResourcePolicy',
  );
  const actions = parameters.members('ActionNames');
  if (actions.length === 0) {
    throw missing('actionNames');
  }
  const resources = parameters.members('ResourceArns');
  return {
    documents: parameters.members('PolicyInputList'),
    actions,
    resources: resources.length === 0 ? ['*'] : resources,
    facts: factsIn(parameters),
  };
}

function factsIn(parameters: Parameters): SimulationInput['facts'] {
  return parameters.members('ContextEntries', 'ContextKeyName').map((key, index) => ({
    key,
    values: parameters.members(`ContextEntries.member.${index + 1}.ContextKeyValues`),
  }));
}

function principalOf(arn: string, tenant: string): NonNullable<SimulationInput['principal']> {
  const [, account, kind, path = '/', name = ''] =
    /^arn:aws:iam::([a-z0-9-]+):(user|role)(\/(?:[\x21-\x7e]{1,510}\/)?)([^/:]+)$/.exec(arn) ?? [];
  if (kind === undefined) {
    throw queryError('ValidationError', `${arn} is not the ARN of a user or a role.`);
  }
  if (account !== tenant) {
    throw queryError('NoSuchEntity', `${arn} cannot be found.`);
  }
  return kind === 'user' ? { username: name, path } : { role: name, path };
}

/** A page of the results, whose marker is a number: they are worked out anew, in the same order. */
function resultOf(parameters: Parameters, decisions: readonly SimulatedDecision[]): QueryResult {
  const { after = '', limit } = pageOf(parameters);
  const from = /^\d{1,6}$/.test(after) ? Number(after) + 1 : 0;
  const items = decisions.slice(from, from + limit).map((decision, index) => ({ decision, place: from + index }));
  return pageElements({
    list: 'EvaluationResults',
    items,
    truncated: decisions.length > from + limit,
    nameOf: ({ place }) => String(place),
    describe: ({ decision }) => describe(decision),
  });
}

function describe({ action, resource, reason, policy, missingKeys }: SimulatedDecision) {
  const matched = policy === null ? [] : [element('member', [element('SourcePolicyId', policy)])];
  return [
    element('EvalActionName', action),
    element('EvalResourceName', resource),
    element('EvalDecision', decisionOf(reason)),
    element('MatchedStatements', matched),
    element(
      'MissingContextValues',
      missingKeys.map((key) => element('member', key)),
    ),
  ];
}

function decisionOf(reason: SimulatedDecision['reason']): 'allowed' | 'explicitDeny' | 'implicitDeny' {
  switch (reason) {
    case 'IDENTITY_ALLOW':
    case 'RESOURCE_ALLOW':
      return 'allowed';
    case 'EXPLICIT_DENY':
      return 'explicitDeny';
    case 'BOUNDARY':
    case 'NO_ALLOW':
    case 'SESSION':
      return 'implicitDeny';
    default:
      return reason satisfies never;
  }
}

export const simulationOperations: QueryOperations = {
  SimulateCustomPolicy: simulateCustomPolicy,
  SimulatePrincipalPolicy: simulatePrincipalPolicy,
};
