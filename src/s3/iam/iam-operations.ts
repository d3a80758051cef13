import { asOperation } from '../../operations/access/authorize-action.js';
import type { Parameters } from '../query-api/parameters.js';
import type { QueryOperation, QueryOperations } from '../query-api/query-operation.js';
import { accessKeyOperations } from './access-keys.js';
import { accountOperations } from './account.js';
import { boundaryOperations } from './boundaries.js';
import { checkParameters } from './check-parameters.js';
import { groupOperations } from './groups.js';
import { inIamWords } from './iam-words.js';
import { inKnownNames } from './known-names.js';
import { resourcesOf } from './operation-resources.js';
import { policyOperations } from './policies.js';
import { policyEntityOperations } from './policy-entities.js';
import { policyHolderOperations } from './policy-holders.js';
import { policyVersionOperations } from './policy-versions.js';
import { roleOperations } from './roles.js';
import { simulationOperations } from './simulations.js';
import { userOperations } from './users.js';

const operations: QueryOperations = {
  ...accessKeyOperations,
  ...accountOperations,
  ...boundaryOperations,
  ...groupOperations,
  ...policyEntityOperations,
  ...policyHolderOperations,
  ...policyOperations,
  ...policyVersionOperations,
  ...roleOperations,
  ...simulationOperations,
  ...userOperations,
};

/** What IAM does, by the name of the action: each looks at its parameters first, and fails in IAM's words. */
export const iamOperations: QueryOperations = Object.fromEntries(
  Object.entries(operations).map(([action, operation]) => [action, checked(action, operation)]),
);

function checked(action: string, operation: QueryOperation): QueryOperation {
  return async (exchange) => {
    checkParameters(action, exchange.parameters);
    const named = await inKnownNames(action, exchange);
    const resources = await resourcesOf(action, named);
    const context = asOperation(exchange.context, { actions: actionsOf(action, exchange.parameters), resources });
    try {
      return await operation({ ...named, context });
    } catch (error) {
      throw inIamWords(error, exchange.parameters);
    }
  };
}

/** What gets tags when it is made takes the right to tag it as well, as with AWS. */
function actionsOf(action: string, parameters: Parameters): string[] {
  const tagging = parameters.members('Tags', 'Key').length === 0 ? undefined : tagsWith[action];
  return [action, ...(tagging === undefined ? [] : [tagging])].map((name) => `iam:${name}`);
}

const tagsWith: Readonly<Record<string, string>> = {
  CreatePolicy: 'TagPolicy',
  CreateRole: 'TagRole',
  CreateUser: 'TagUser',
};
