import { uniqueId } from '../../auth/caller-arn.js';
import type { User } from '../../entities/user.js';
import type { GroupInfo } from '../../operations/identities/find-group.js';
import type { RoleInfo } from '../../operations/identities/find-role.js';
import type { PolicyInfo } from '../../operations/policies/find-policy.js';
import { element, type Xml } from '../protocol/xml-writer.js';
import type { Parameters } from '../query-api/parameters.js';
import { iamArn, policyArn } from './arns.js';
import { slicedElements } from './iam-page.js';

type Elements = (Xml | undefined)[];

/** What a user is, as AWS says it. */
export function userElements(
  tenant: string,
  user: User,
  arn = iamArn(tenant, 'user', { path: user.path, name: user.username }),
): Elements {
  return [
    element('Path', user.path),
    element('UserName', user.username),
    element('UserId', uniqueId('user', user.canonicalId)),
    element('Arn', arn),
    element('CreateDate', user.createdAt.toISOString()),
    element('PasswordLastUsed', user.lastSignInAt?.toISOString()),
  ];
}

/** The user's tags, which lists leave out. */
export function tagElements(tags: Readonly<Record<string, string>>): Xml | undefined {
  const members = Object.entries(tags).map(([key, value]) =>
    element('member', [element('Key', key), element('Value', value)]),
  );
  return members.length === 0 ? undefined : element('Tags', members);
}

/** A page of tags: `Tags`, `IsTruncated` and where it goes on. */
export function tagPage(parameters: Parameters, tags: Readonly<Record<string, string>>) {
  return slicedElements(parameters, {
    list: 'Tags',
    items: Object.entries(tags),
    nameOf: ([key]) => key,
    describe: ([key, value]) => [element('Key', key), element('Value', value)],
  });
}

/** What a role is; its tags are left out, as AWS leaves them out of lists. */
export function roleElements(role: RoleInfo): Elements {
  const { tenantName: tenant, path, name, description, boundary } = role;
  return [
    element('Path', path),
    element('RoleName', name),
    element('RoleId', uniqueId('role', role.canonicalId)),
    element('Arn', iamArn(tenant, 'role', { path, name })),
    element('CreateDate', role.createdAt.toISOString()),
    element('AssumeRolePolicyDocument', encodedDocument(role.trustPolicy)),
    element('Description', description || undefined),
    element('MaxSessionDuration', role.maxSessionSeconds),
    boundary === null ? undefined : boundaryElement(tenant, { name: boundary, path: role.boundaryPath ?? '/' }),
  ];
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachedPermissionsBoundary.html */
export function boundaryElement(tenant: string, policy: { name: string; path: string }): Xml | undefined {
  return element('PermissionsBoundary', [
    element('PermissionsBoundaryType', 'Policy'),
    element('PermissionsBoundaryArn', policyArn(tenant, policy)),
  ]);
}

export function groupElements(tenant: string, { id, name, path, createdAt }: GroupInfo): Elements {
  return [
    element('Path', path),
    element('GroupName', name),
    element('GroupId', groupId(id)),
    element('Arn', iamArn(tenant, 'group', { path, name })),
    element('CreateDate', createdAt.toISOString()),
  ];
}

/** A policy, with how many have it and how many it limits. */
export interface CountedPolicy {
  readonly policy: PolicyInfo;
  readonly attachments: number;
  readonly boundaries: number;
}

export function policyElements(tenant: string, { policy, attachments, boundaries }: CountedPolicy): Elements {
  const { id, name, description, createdAt, updatedAt } = policy;
  return [
    element('PolicyName', name),
    element('PolicyId', id === null ? `ANPA${name.toUpperCase().padEnd(17, '0')}` : idOf('ANPA', id)),
    element('Arn', policyArn(tenant, policy)),
    element('Path', policy.path),
    element('DefaultVersionId', `v${policy.defaultVersion}`),
    element('AttachmentCount', attachments),
    element('PermissionsBoundaryUsageCount', boundaries),
    element('IsAttachable', true),
    element('Description', description || undefined),
    element('CreateDate', createdAt?.toISOString()),
    element('UpdateDate', updatedAt?.toISOString()),
  ];
}

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUserPolicy.html : documents are URL-encoded. */
export function encodedDocument(document: object): string {
  return encodeURIComponent(JSON.stringify(document));
}

export function groupId(id: number): string {
  return idOf('AGPA', id);
}

/** As AWS's ids look; the tenant's rows are numbered. */
function idOf(prefix: string, id: number): string {
  return `${prefix}${String(id).padStart(17, '0')}`;
}
