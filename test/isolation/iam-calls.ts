import type { TenantWorld } from './tenant-world.js';

/** How an operation of STS or IAM is called, on something that a tenant has. */
export interface QueryCall {
  /** The parameters, without Action and Version. */
  input(world: TenantWorld): Promise<Record<string, string>>;
  /** How many events it writes; none when absent. */
  events?: number;
  /** It needs more than a signature: what it shows of a tenant without it is asked elsewhere. */
  unsigned?: true;
}

const document = (statement: object) => JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
const anyPolicy = document({ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' });
const anyTrust = document({ Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' });
const arn = (w: TenantWorld, kind: string, name: string) => `arn:aws:iam::${w.tenant}:${kind}/${name}`;

const tags = { 'Tags.member.1.Key': 'a', 'Tags.member.1.Value': 'b' };
const changes = { events: 1 };

const onUser = (more: Record<string, string> = {}): QueryCall => ({
  input: async (w) => ({ UserName: await w.user(), ...more }),
});
const onGroup = (more: Record<string, string> = {}): QueryCall => ({
  input: async (w) => ({ GroupName: await w.group(), ...more }),
});
const onRole = (more: Record<string, string> = {}): QueryCall => ({
  input: async (w) => ({ RoleName: await w.role(), ...more }),
});
const onPolicy = (more: Record<string, string> = {}): QueryCall => ({
  input: async (w) => ({ PolicyArn: arn(w, 'policy', await w.policyWithVersions()), ...more }),
});
const list: QueryCall = { input: async () => ({}) };
const unsigned: QueryCall = { input: async () => ({}), unsigned: true };

const holders = {
  User: { parameter: 'UserName', field: 'username', make: (w: TenantWorld) => w.user() },
  Group: { parameter: 'GroupName', field: 'group', make: (w: TenantWorld) => w.group() },
  Role: { parameter: 'RoleName', field: 'role', make: (w: TenantWorld) => w.role() },
} as const;

/** Those that are there for users, groups and roles alike. */
const holderCalls = Object.entries(holders).flatMap(([noun, { parameter, field, make }]) => {
  const attached = async (w: TenantWorld) => {
    const [name, policy] = [await make(w), await w.policy()];
    await w.make('attachPolicy', { [field]: name, policy }, '', { type: 'PolicyAttachmentInput' });
    return { [parameter]: name, PolicyArn: arn(w, 'policy', policy) };
  };
  const owning = async (w: TenantWorld) => {
    const inline = { [field]: await make(w), name: w.name() };
    await w.make('putInlinePolicy', { ...inline, document: JSON.parse(anyPolicy) }, '');
    return { [parameter]: String(inline[field]), PolicyName: inline.name };
  };
  const named = async (w: TenantWorld) => ({ [parameter]: await make(w) });
  return Object.entries<QueryCall>({
    [`Attach${noun}Policy`]: {
      ...changes,
      input: async (w) => ({ ...(await named(w)), PolicyArn: arn(w, 'policy', await w.policy()) }),
    },
    [`Delete${noun}Policy`]: { ...changes, input: owning },
    [`Detach${noun}Policy`]: { ...changes, input: attached },
    [`Get${noun}Policy`]: { input: owning },
    [`List${noun}Policies`]: { input: named },
    [`ListAttached${noun}Policies`]: { input: attached },
    [`Put${noun}Policy`]: {
      ...changes,
      input: async (w) => ({ ...(await named(w)), PolicyName: w.name(), PolicyDocument: anyPolicy }),
    },
  });
});

async function membership(w: TenantWorld) {
  const pair = { group: await w.group(), username: await w.user() };
  await w.make('addUserToGroup', pair, '', { type: 'GroupMembershipInput' });
  return { GroupName: pair.group, UserName: pair.username };
}

async function keyOf(w: TenantWorld) {
  return { AccessKeyId: await w.accessKeyId(), UserName: 'boss' };
}

/** A user with a boundary, or a role. */
const boundary = (parameter: 'UserName' | 'RoleName'): QueryCall => ({
  ...changes,
  input: async (w) => ({
    [parameter]: parameter === 'UserName' ? await w.user() : await w.role(),
    PermissionsBoundary: arn(w, 'policy', await w.policy()),
  }),
});

/** Every operation of STS. */
export const stsCalls: Record<string, QueryCall> = {
  AssumeRole: {
    ...changes,
    input: async (w) => ({ RoleArn: arn(w, 'role', await w.role()), RoleSessionName: 'walk' }),
  },
  AssumeRoleWithLDAPIdentity: unsigned,
  AssumeRoleWithWebIdentity: unsigned,
  GetCallerIdentity: list,
  GetSessionToken: { ...changes, input: async () => ({}) },
};

/** Every operation of IAM. Whoever adds one adds how it is called, or the tests of isolation and audit fail. */
export const iamCalls: Record<string, QueryCall> = {
  ...Object.fromEntries(holderCalls),
  AddUserToGroup: {
    ...changes,
    input: async (w) => ({ GroupName: await w.group(), UserName: await w.user() }),
  },
  CreateAccessKey: { ...changes, ...onUser() },
  CreateGroup: { ...changes, input: async (w) => ({ GroupName: w.name() }) },
  CreatePolicy: { ...changes, input: async (w) => ({ PolicyName: w.name(), PolicyDocument: anyPolicy }) },
  CreatePolicyVersion: { ...changes, ...onPolicy({ PolicyDocument: anyPolicy }) },
  CreateRole: { ...changes, input: async (w) => ({ RoleName: w.name(), AssumeRolePolicyDocument: anyTrust }) },
  CreateUser: { ...changes, input: async (w) => ({ UserName: w.name() }) },
  DeleteAccessKey: { ...changes, input: keyOf },
  DeleteGroup: { ...changes, ...onGroup() },
  DeletePolicy: { ...changes, input: async (w) => ({ PolicyArn: arn(w, 'policy', await w.policy()) }) },
  DeletePolicyVersion: { ...changes, ...onPolicy({ VersionId: 'v2' }) },
  DeleteRole: { ...changes, ...onRole() },
  DeleteRolePermissionsBoundary: { ...changes, ...onRole() },
  DeleteUser: { ...changes, ...onUser() },
  DeleteUserPermissionsBoundary: { ...changes, ...onUser() },
  GetAccessKeyLastUsed: { input: keyOf },
  GetAccountSummary: list,
  GetGroup: onGroup(),
  GetPolicy: onPolicy(),
  GetPolicyVersion: onPolicy({ VersionId: 'v1' }),
  GetRole: onRole(),
  GetUser: onUser(),
  ListAccessKeys: onUser(),
  ListEntitiesForPolicy: onPolicy(),
  ListGroups: list,
  ListGroupsForUser: { input: async (w) => ({ UserName: (await membership(w)).UserName }) },
  ListPolicies: list,
  ListPolicyTags: onPolicy(),
  ListPolicyVersions: onPolicy(),
  ListRoleTags: onRole(),
  ListRoles: list,
  ListUserTags: onUser(),
  ListUsers: list,
  PutRolePermissionsBoundary: boundary('RoleName'),
  PutUserPermissionsBoundary: boundary('UserName'),
  RemoveUserFromGroup: { ...changes, input: membership },
  SetDefaultPolicyVersion: { ...changes, ...onPolicy({ VersionId: 'v2' }) },
  SimulateCustomPolicy: {
    input: async () => ({ 'PolicyInputList.member.1': anyPolicy, 'ActionNames.member.1': 's3:GetObject' }),
  },
  SimulatePrincipalPolicy: {
    input: async (w) => ({
      PolicySourceArn: arn(w, 'user', await w.user()),
      'ActionNames.member.1': 's3:GetObject',
    }),
  },
  TagPolicy: { ...changes, ...onPolicy(tags) },
  TagRole: { ...changes, ...onRole(tags) },
  TagUser: { ...changes, ...onUser(tags) },
  UntagPolicy: { ...changes, ...onPolicy({ 'TagKeys.member.1': 'a' }) },
  UntagRole: { ...changes, ...onRole({ 'TagKeys.member.1': 'a' }) },
  UntagUser: { ...changes, ...onUser({ 'TagKeys.member.1': 'a' }) },
  UpdateAccessKey: { ...changes, input: async (w) => ({ ...(await keyOf(w)), Status: 'Inactive' }) },
  UpdateAssumeRolePolicy: { ...changes, ...onRole({ PolicyDocument: anyTrust }) },
  UpdateGroup: { ...changes, ...onGroup({ NewPath: '/x/' }) },
  UpdateRole: { ...changes, ...onRole({ Description: 'Another' }) },
  UpdateRoleDescription: { ...changes, ...onRole({ Description: 'Another' }) },
  UpdateUser: { ...changes, ...onUser({ NewPath: '/x/' }) },
};
