import type { RequestContext } from '../../operations/context.js';
import { createGroup as create } from '../../operations/identities/create-group.js';
import { deleteGroup as remove } from '../../operations/identities/delete-group.js';
import type { GroupInfo } from '../../operations/identities/find-group.js';
import { getUser } from '../../operations/identities/get-user.js';
import { addUserToGroup as add, removeUserFromGroup as takeOut } from '../../operations/identities/group-membership.js';
import { getGroup as find, listGroups as list } from '../../operations/identities/list-groups.js';
import { loadMemberPages } from '../../operations/identities/load-group-members.js';
import { loadUsersById } from '../../operations/identities/load-identities-by-id.js';
import { updateGroup as update } from '../../operations/identities/update-group.js';
import {
  loadAttachedPolicies,
  loadGroupsOfUsers,
  loadInlinePolicies,
} from '../../operations/policies/load-policies-of.js';
import { element } from '../protocol/xml-writer.js';
import { queryError } from '../query-api/query-error.js';
import type { QueryExchange, QueryOperations, QueryResult } from '../query-api/query-operation.js';
import { groupElements, userElements } from './iam-elements.js';
import { pageElements, pageOf, slicedElements } from './iam-page.js';
import { refuseInUse } from './refuse-in-use.js';

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateGroup.html */
async function createGroup({ context, parameters }: QueryExchange): Promise<QueryResult> {
  const group = await create(context, { name: parameters.required('GroupName'), path: parameters.get('Path') });
  return [element('Group', groupElements(context.caller.tenantName, group))];
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetGroup.html : with a page of its users. */
async function getGroup({ context, parameters }: QueryExchange): Promise<QueryResult> {
  const { tenantName } = context.caller;
  const group = await requireGroup(context, parameters.required('GroupName'));
  const [members] = await loadMemberPages(context, [group.id], pageOf(parameters));
  const users = await loadUsersById(context, members?.users.map(({ id }) => id) ?? []);
  return [
    element('Group', groupElements(tenantName, group)),
    ...pageElements({
      list: 'Users',
      items: users.filter((user) => user !== null),
      truncated: members?.truncated ?? false,
      nameOf: ({ username }) => username,
      describe: (user) => userElements(tenantName, user),
    }),
  ];
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListGroups.html */
async function listGroups({ context, parameters }: QueryExchange): Promise<QueryResult> {
  const { groups, truncated } = await list(context, {
    ...pageOf(parameters),
    pathPrefix: parameters.get('PathPrefix'),
  });
  return pageElements({ ...listOf(context), items: groups, truncated });
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListGroupsForUser.html */
async function listGroupsForUser({ context, parameters }: QueryExchange): Promise<QueryResult> {
  const { id } = await getUser(context, { username: parameters.required('UserName') });
  const items = (await loadGroupsOfUsers(context, [id])).flat();
  return slicedElements(parameters, { ...listOf(context), items });
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateGroup.html */
async function updateGroup({ context, parameters }: QueryExchange): Promise<QueryResult> {
  await update(context, {
    name: parameters.required('GroupName'),
    path: parameters.get('NewPath'),
    newName: parameters.get('NewGroupName'),
  });
  return undefined;
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteGroup.html : only an empty one, as with AWS. */
async function deleteGroup({ context, parameters }: QueryExchange): Promise<QueryResult> {
  const name = parameters.required('GroupName');
  const ids = [(await requireGroup(context, name)).id];
  const [members] = await loadMemberPages(context, ids, { limit: 1 });
  refuseInUse('must remove users from group first', members?.users ?? []);
  refuseInUse('must delete policies first', (await loadInlinePolicies(context, 'group', ids)).flat());
  refuseInUse('must detach all policies first', (await loadAttachedPolicies(context, 'group', ids)).flat());
  await remove(context, { name });
  return undefined;
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddUserToGroup.html */
async function addUserToGroup({ context, parameters }: QueryExchange): Promise<QueryResult> {
  await add(context, { group: parameters.required('GroupName'), username: parameters.required('UserName') });
  return undefined;
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_RemoveUserFromGroup.html */
async function removeUserFromGroup({ context, parameters }: QueryExchange): Promise<QueryResult> {
  await takeOut(context, { group: parameters.required('GroupName'), username: parameters.required('UserName') });
  return undefined;
}

/** The group of the caller's tenant; throws NoSuchEntity. */
export async function requireGroup(context: RequestContext, name: string): Promise<GroupInfo> {
  const group = await find(context, { name });
  if (group === null) {
    throw queryError('NoSuchEntity', `The group with name ${name} cannot be found.`);
  }
  return group;
}

function listOf(context: RequestContext) {
  return {
    list: 'Groups',
    nameOf: ({ name }: GroupInfo) => name,
    describe: (group: GroupInfo) => groupElements(context.caller.tenantName, group),
  };
}

export const groupOperations: QueryOperations = {
  AddUserToGroup: addUserToGroup,
  CreateGroup: createGroup,
  DeleteGroup: deleteGroup,
  GetGroup: getGroup,
  ListGroups: listGroups,
  ListGroupsForUser: listGroupsForUser,
  RemoveUserFromGroup: removeUserFromGroup,
  UpdateGroup: updateGroup,
};
