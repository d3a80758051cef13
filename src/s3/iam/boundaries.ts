import { setPermissionsBoundary } from '../../operations/access/permissions-boundary.js';
import type { QueryOperation, QueryOperations } from '../query-api/query-operation.js';
import { policyOfArn } from './arns.js';

const targets = {
  User: { parameter: 'UserName', target: (username: string) => ({ username }) },
  Role: { parameter: 'RoleName', target: (role: string) => ({ role }) },
} as const;

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutUserPermissionsBoundary.html */
const put =
  ({ parameter, target }: (typeof targets)[keyof typeof targets]): QueryOperation =>
  async ({ context, parameters }) => {
    const policy = policyOfArn(parameters.required('PermissionsBoundary'), context.caller.tenantName);
    await setPermissionsBoundary(context, { ...target(parameters.required(parameter)), policy });
    return undefined;
  };

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUserPermissionsBoundary.html */
const remove =
  ({ parameter, target }: (typeof targets)[keyof typeof targets]): QueryOperation =>
  async ({ context, parameters }) => {
    await setPermissionsBoundary(context, { ...target(parameters.required(parameter)), policy: null });
    return undefined;
  };

export const boundaryOperations: QueryOperations = {
  DeleteRolePermissionsBoundary: remove(targets.Role),
  DeleteUserPermissionsBoundary: remove(targets.User),
  PutRolePermissionsBoundary: put(targets.Role),
  PutUserPermissionsBoundary: put(targets.User),
};
