import type { QueryOperations } from '../query-api/query-operation.js';
import { accessKeyOperations } from './access-keys.js';
import { groupOperations } from './groups.js';
import { policyOperations } from './policies.js';
import { policyHolderOperations } from './policy-holders.js';
import { userOperations } from './users.js';

/** What IAM does, by the name of the action. */
export const iamOperations: QueryOperations = {
  ...accessKeyOperations,
  ...groupOperations,
  ...policyHolderOperations,
  ...policyOperations,
  ...userOperations,
};
