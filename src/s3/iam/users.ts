import { identityArn } from '../../auth/caller-arn.js';
import { requireUser } from '../../operations/access/authorize.js';
import { loadBoundaries } from '../../operations/access/load-boundaries.js';
import { listAccessKeys } from '../../operations/credentials/list-access-keys.js';
import { createUser as create } from '../../operations/identities/create-user.js';
import { deleteUser as remove } from '../../operations/identities/delete-user.js';
import { getUser as find } from '../../operations/identities/get-user.js';
import { listUsers as list } from '../../operations/identities/list-users.js';
import { updateUser as update } from '../../operations/identities/update-user.js';
import {
  loadAttachedPolicies,
  loadGroupsOfUsers,
  loadInlinePolicies,
} from '../../operations/policies/load-policies-of.js';
import { element } from '../protocol/xml-writer.js';
import type { QueryExchange, QueryOperations, QueryResult } from '../query-api/query-operation.js';
import { tagsOf, withoutTags, withTags } from '../query-api/request-tags.js';
import { policyOfArn } from './arns.js';
import { boundaryElement, tagElements, tagPage, userElements } from './iam-elements.js';
import { pageElements, pageOf } from './iam-page.js';
import { refuseInUse } from './refuse-in-use.js';

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html */
async function createUser({ context, parameters }: QueryExchange): Promise<QueryResult> {
  const { tenantName } = context.caller;
  const limit = parameters.get('PermissionsBoundary');
  const boundary = limit === undefined ? undefined : policyOfArn(limit, tenantName);
  const username = parameters.required('UserName');
  const user = await create(context, { username, path: parameters.get('Path'), boundary, tags: tagsOf(parameters) });
  const limited = boundary === undefined ? undefined : boundaryElement(tenantName, boundary);
  return [element('User', [...userElements(tenantName, user), limited, tagElements(user.tags)])];
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUser.html */
async function getUser({ context, parameters }: QueryExchange): Promise<QueryResult> {
  const { tenantName } = context.caller;
  const username = parameters.get('UserName');
  const user = await find(context, { username });
  const arn = username === undefined ? identityArn(requireUser(context)) : undefined;
  const [boundary] = await loadBoundaries(context, [user.id]);
  const limited = boundary == null ? undefined : boundaryElement(tenantName, boundary);
  return [element('User', [...userElements(tenantName, user, arn), limited, tagElements(user.tags)])];
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUsers.html */
async function listUsers({ context, parameters }: QueryExchange): Promise<QueryResult> {
  const { users, truncated } = await list(context, { ...pageOf(parameters), pathPrefix: parameters.get('PathPrefix') });
  return pageElements({
    list: 'Users',
    ...{ items: users, truncated },
    nameOf: ({ username }) => username,
    describe: (user) => userElements(context.caller.tenantName, user),
  });
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateUser.html */
async function updateUser({ context, parameters }: QueryExchange): Promise<QueryResult> {
  await update(context, {
    username: parameters.required('UserName'),
    newUsername: parameters.get('NewUserName'),
    path: parameters.get('NewPath'),
  });
  return undefined;
}

/**
 * https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html : with AWS it goes only when nothing hangs on
 * it any more, and tools count on that.
 */
async function deleteUser({ context, parameters }: QueryExchange): Promise<QueryResult> {
  const username = parameters.required('UserName');
  const ids = [(await find(context, { username })).id];
  const { accessKeys } = await listAccessKeys(context, { username, limit: 1 });
  refuseInUse('must delete access keys first', accessKeys);
  refuseInUse('must delete policies first', (await loadInlinePolicies(context, 'user', ids)).flat());
  refuseInUse('must detach all policies first', (await loadAttachedPolicies(context, 'user', ids)).flat());
  refuseInUse('must remove users from group first', (await loadGroupsOfUsers(context, ids)).flat());
  await remove(context, { username });
  return undefined;
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUserTags.html */
async function listUserTags({ context, parameters }: QueryExchange): Promise<QueryResult> {
  const { tags } = await find(context, { username: parameters.required('UserName') });
  return tagPage(parameters, tags);
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagUser.html */
async function tagUser({ context, parameters }: QueryExchange): Promise<QueryResult> {
  await update(context, { username: parameters.required('UserName'), tags: withTags(parameters) });
  return undefined;
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagUser.html */
async function untagUser({ context, parameters }: QueryExchange): Promise<QueryResult> {
  await update(context, { username: parameters.required('UserName'), tags: withoutTags(parameters) });
  return undefined;
}

export const userOperations: QueryOperations = {
  CreateUser: createUser,
  DeleteUser: deleteUser,
  GetUser: getUser,
  ListUserTags: listUserTags,
  ListUsers: listUsers,
  TagUser: tagUser,
  UntagUser: untagUser,
  UpdateUser: updateUser,
};
