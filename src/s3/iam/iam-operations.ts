import type { QueryOperations } from '../query-api/query-operation.js';
import { accessKeyOperations } from './access-keys.js';
import { boundaryOperations } from './boundaries.js';
import { groupOperations } from './groups.js';
import { policyOperations } from './policies.js';
import { policyEntityOperations } from './policy-entities.js';
import { policyHolderOperations } from './policy-holders.js';
import { policyVersionOperations } from './policy-versions.js';
import { roleOperations } from './roles.js';
import { userOperations } from './users.js';

/** What IAM does, by the name of the action. */
export const iamOperations: QueryOperations = {
  ...accessKeyOperations,
  ...boundaryOperations,
  ...groupOperations,
  ...policyEntityOperations,
  ...policyHolderOperations,
  ...policyOperations,
  ...policyVersionOperations,
  ...roleOperations,
  ...userOperations,
};
