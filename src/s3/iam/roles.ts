import type { RequestContext } from '../../operations/context.js';
import { createRole as create } from '../../operations/identities/create-role.js';
import { deleteRole as remove } from '../../operations/identities/delete-role.js';
import { noSuchRole, type RoleInfo } from '../../operations/identities/find-role.js';
import { getRole as find, listRoles as list } from '../../operations/identities/list-roles.js';
import { updateRole as update } from '../../operations/identities/update-role.js';
import { loadAttachedPolicies, loadInlinePolicies } from '../../operations/policies/load-policies-of.js';
import { element } from '../protocol/xml-writer.js';
import type { QueryExchange, QueryOperations, QueryResult } from '../query-api/query-operation.js';
import { tagsOf, withoutTags, withTags } from '../query-api/request-tags.js';
import { policyOfArn } from './arns.js';
import { roleElements, tagElements, tagPage } from './iam-elements.js';
import { pageElements, pageOf } from './iam-page.js';
import { refuseInUse } from './refuse-in-use.js';

const lengths = { least: 3600, most: 43_200, usual: 3600 };

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html */
async function createRole({ context, parameters }: QueryExchange): Promise<QueryResult> {
  const boundary = parameters.get('PermissionsBoundary');
  const role = await create(context, {
    name: parameters.required('RoleName'),
    path: parameters.get('Path'),
    description: parameters.get('Description'),
    trustPolicy: parameters.required('AssumeRolePolicyDocument'),
    maxSessionSeconds: parameters.number('MaxSessionDuration', lengths),
    tags: tagsOf(parameters),
    boundary: boundary === undefined ? undefined : policyOfArn(boundary, context.caller.tenantName),
  });
  return [element('Role', wholeRole(role))];
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html */
async function getRole({ context, parameters }: QueryExchange): Promise<QueryResult> {
  return [element('Role', wholeRole(await requireRole(context, parameters.required('RoleName'))))];
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoles.html */
async function listRoles({ context, parameters }: QueryExchange): Promise<QueryResult> {
  const { roles, truncated } = await list(context, {
    ...pageOf(parameters),
    pathPrefix: parameters.get('PathPrefix'),
  });
  return pageElements({ list: 'Roles', items: roles, truncated, nameOf: ({ name }) => name, describe: roleElements });
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRole.html */
async function updateRole({ context, parameters }: QueryExchange): Promise<QueryResult> {
  const isAsked = parameters.get('MaxSessionDuration') !== undefined;
  await update(context, {
    name: parameters.required('RoleName'),
    description: parameters.get('Description'),
    maxSessionSeconds: isAsked ? parameters.number('MaxSessionDuration', lengths) : undefined,
  });
  return [];
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRoleDescription.html */
async function updateRoleDescription({ context, parameters }: QueryExchange): Promise<QueryResult> {
  const description = parameters.get('Description') ?? '';
  const role = await update(context, { name: parameters.required('RoleName'), description });
  return [element('Role', wholeRole(role))];
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAssumeRolePolicy.html */
async function updateAssumeRolePolicy({ context, parameters }: QueryExchange): Promise<QueryResult> {
  const trustPolicy = parameters.required('PolicyDocument');
  await update(context, { name: parameters.required('RoleName'), trustPolicy });
  return undefined;
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRole.html : only one without policies, as with AWS. */
async function deleteRole({ context, parameters }: QueryExchange): Promise<QueryResult> {
  const name = parameters.required('RoleName');
  const ids = [(await requireRole(context, name)).id];
  refuseInUse('must delete policies first', (await loadInlinePolicies(context, 'user', ids)).flat());
  refuseInUse('must detach all policies first', (await loadAttachedPolicies(context, 'user', ids)).flat());
  await remove(context, { name });
  return undefined;
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagRole.html */
async function tagRole({ context, parameters }: QueryExchange): Promise<QueryResult> {
  await update(context, { name: parameters.required('RoleName'), tags: withTags(parameters) });
  return undefined;
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagRole.html */
async function untagRole({ context, parameters }: QueryExchange): Promise<QueryResult> {
  await update(context, { name: parameters.required('RoleName'), tags: withoutTags(parameters) });
  return undefined;
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoleTags.html */
async function listRoleTags({ context, parameters }: QueryExchange): Promise<QueryResult> {
  const { tags } = await requireRole(context, parameters.required('RoleName'));
  return tagPage(parameters, tags);
}

/** The role of the caller's tenant; throws NoSuchEntity. */
export async function requireRole(context: RequestContext, name: string): Promise<RoleInfo> {
  const role = await find(context, { name });
  if (role === null) {
    throw noSuchRole('name');
  }
  return role;
}

function wholeRole(role: RoleInfo) {
  const lastUsed = role.lastUsedAt === null ? [] : [element('LastUsedDate', role.lastUsedAt.toISOString())];
  return [...roleElements(role), element('RoleLastUsed', lastUsed), tagElements(role.tags)];
}

export const roleOperations: QueryOperations = {
  CreateRole: createRole,
  DeleteRole: deleteRole,
  GetRole: getRole,
  ListRoleTags: listRoleTags,
  ListRoles: listRoles,
  TagRole: tagRole,
  UntagRole: untagRole,
  UpdateAssumeRolePolicy: updateAssumeRolePolicy,
  UpdateRole: updateRole,
  UpdateRoleDescription: updateRoleDescription,
};
