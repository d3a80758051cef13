import { requireUser } from '../../operations/authorize.js';
import { createUser as create } from '../../operations/create-user.js';
import { deleteUser as remove } from '../../operations/delete-user.js';
import { getUser as find } from '../../operations/get-user.js';
import { listAccessKeys } from '../../operations/list-access-keys.js';
import { listUsers as list } from '../../operations/list-users.js';
import { loadAttachedPolicies, loadGroupsOfUsers, loadInlinePolicies } from '../../operations/load-policies-of.js';
import { updateUser as update } from '../../operations/update-user.js';
import { element } from '../protocol/xml-writer.js';
import type { Parameters } from '../query-api/parameters.js';
import { queryError } from '../query-api/query-error.js';
import type { QueryExchange, QueryOperations, QueryResult } from '../query-api/query-operation.js';
import { requireRootPath, tagElements, userElements } from './iam-elements.js';
import { isWithinPath, pageElements, pageOf } from './iam-page.js';

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html */
async function createUser({ context, parameters }: QueryExchange): Promise<QueryResult> {
  parameters.refuse('PermissionsBoundary');
  requireRootPath(parameters);
  const username = parameters.required('UserName');
  const tags = tagsOf(parameters);
  const user = await create(context, { username, ...(tags === undefined ? {} : { tags }) });
  const described = userElements(context.caller.tenantName, user);
  return [element('User', [...described, tagElements(user.tags)])];
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUser.html */
async function getUser({ context, parameters }: QueryExchange): Promise<QueryResult> {
  const user = await find(context, { username: parameters.get('UserName') });
  return [element('User', [...userElements(context.caller.tenantName, user), tagElements(user.tags)])];
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUsers.html */
async function listUsers({ context, parameters }: QueryExchange): Promise<QueryResult> {
  const page = await list(context, pageOf(parameters));
  const { users, truncated } = isWithinPath(parameters) ? page : { users: [], truncated: false };
  return pageElements({
    list: 'Users',
    ...{ items: users, truncated },
    nameOf: ({ username }) => username,
    describe: (user) => userElements(context.caller.tenantName, user),
  });
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateUser.html */
async function updateUser({ context, parameters }: QueryExchange): Promise<QueryResult> {
  requireRootPath(parameters, 'NewPath');
  await update(context, { username: parameters.required('UserName'), newUsername: parameters.get('NewUserName') });
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
  refuseInUse('access keys', accessKeys);
  refuseInUse('policies', (await loadInlinePolicies(context, 'user', ids)).flat());
  refuseInUse('attached policies', (await loadAttachedPolicies(context, 'user', ids)).flat());
  refuseInUse('groups', (await loadGroupsOfUsers(context, ids)).flat());
  await remove(context, { username });
  return undefined;
}

/** Throws DeleteConflict when there are any. */
export function refuseInUse(noun: string, items: readonly unknown[]): void {
  if (items.length > 0) {
    throw queryError('DeleteConflict', `Cannot delete entity, must remove its ${noun} first.`);
  }
}

function requireOwnTags(parameters: Parameters, keys: readonly string[], values: readonly string[]): void {
  if (keys.length !== values.length || new Set(keys).size !== keys.length) {
    throw queryError('ValidationError', `Each of the ${parameters.get('Action')}'s tags needs one key and one value.`);
  }
}

function tagsOf(parameters: Parameters): Record<string, string> | undefined {
  const keys = parameters.members('Tags', 'Key');
  const values = parameters.members('Tags', 'Value');
  requireOwnTags(parameters, keys, values);
  return keys.length === 0 ? undefined : Object.fromEntries(keys.map((key, index) => [key, values[index] ?? '']));
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUserTags.html */
async function listUserTags({ context, parameters }: QueryExchange): Promise<QueryResult> {
  const { tags } = await find(context, { username: parameters.get('UserName') ?? requireUser(context).username });
  return [tagElements(tags) ?? element('Tags', []), element('IsTruncated', false)];
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagUser.html */
async function tagUser({ context, parameters }: QueryExchange): Promise<QueryResult> {
  const username = parameters.required('UserName');
  const { tags } = await find(context, { username });
  await update(context, { username, tags: { ...tags, ...tagsOf(parameters) } });
  return undefined;
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagUser.html */
async function untagUser({ context, parameters }: QueryExchange): Promise<QueryResult> {
  const username = parameters.required('UserName');
  const gone = new Set(parameters.members('TagKeys'));
  const { tags } = await find(context, { username });
  const left = Object.entries(tags).filter(([key]) => !gone.has(key));
  await update(context, { username, tags: Object.fromEntries(left) });
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
