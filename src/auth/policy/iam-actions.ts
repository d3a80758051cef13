/**
 * What IAM's query API does, as AWS's policies call it. Such an action is about the operation of this name alone: what
 * other faces do has a verb of granary, which allows the operation as well.
 */
const names = `
  AddUserToGroup AttachGroupPolicy AttachRolePolicy AttachUserPolicy CreateAccessKey CreateGroup CreatePolicy
  CreatePolicyVersion CreateRole CreateUser DeleteAccessKey DeleteGroup DeleteGroupPolicy DeletePolicy
  DeletePolicyVersion DeleteRole DeleteRolePermissionsBoundary DeleteRolePolicy DeleteUser
  DeleteUserPermissionsBoundary DeleteUserPolicy DetachGroupPolicy DetachRolePolicy DetachUserPolicy
  GetAccessKeyLastUsed GetAccountSummary GetGroup GetGroupPolicy GetPolicy GetPolicyVersion GetRole GetRolePolicy
  GetUser GetUserPolicy ListAccessKeys ListAttachedGroupPolicies ListAttachedRolePolicies ListAttachedUserPolicies
  ListEntitiesForPolicy ListGroupPolicies ListGroups ListGroupsForUser ListPolicies ListPolicyTags
  ListPolicyVersions ListRolePolicies ListRoleTags ListRoles ListUserPolicies ListUserTags ListUsers
  PutGroupPolicy PutRolePermissionsBoundary PutRolePolicy PutUserPermissionsBoundary PutUserPolicy
  RemoveUserFromGroup SetDefaultPolicyVersion SimulateCustomPolicy SimulatePrincipalPolicy TagPolicy TagRole TagUser
  UntagPolicy UntagRole UntagUser UpdateAccessKey UpdateAssumeRolePolicy UpdateGroup UpdateRole
  UpdateRoleDescription UpdateUser`;

export const iamActions = names
  .trim()
  .split(/\s+/)
  .map((name) => `iam:${name}`);
