import type { User } from '../../entities/user.js';
import type { GroupInfo } from '../../operations/find-group.js';
import type { PolicyInfo } from '../../operations/find-policy.js';
import { element, type Xml } from '../protocol/xml-writer.js';
import type { Parameters } from '../query-api/parameters.js';
import { queryError } from '../query-api/query-error.js';
import { iamArn, policyArn } from './arns.js';

type Elements = (Xml | undefined)[];

/** What a user is, as AWS says it. */
export function userElements(tenant: string, user: User): Elements {
  return [
    element('Path', '/'),
    element('UserName', user.username),
    element('UserId', user.canonicalId),
    element('Arn', iamArn(tenant, 'user', user.username)),
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

export function groupElements(tenant: string, { id, name, createdAt }: GroupInfo): Elements {
  return [
    element('Path', '/'),
    element('GroupName', name),
    element('GroupId', idOf('AGPA', id)),
    element('Arn', iamArn(tenant, 'group', name)),
    element('CreateDate', createdAt.toISOString()),
  ];
}

/** Policies have one version, the current one. */
export function policyElements(tenant: string, policy: PolicyInfo, attachments: number | undefined): Elements {
  const { id, name, description, createdAt, updatedAt } = policy;
  return [
    element('PolicyName', name),
    element('PolicyId', id === null ? `ANPA${name.toUpperCase().padEnd(17, '0')}` : idOf('ANPA', id)),
    element('Arn', policyArn(tenant, name)),
    element('Path', '/'),
    element('DefaultVersionId', 'v1'),
    element('AttachmentCount', attachments),
    element('PermissionsBoundaryUsageCount', 0),
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

/** Throws when a path is asked for that is not kept. */
export function requireRootPath(parameters: Parameters, name = 'Path'): void {
  const path = parameters.get(name);
  if (path !== undefined && path !== '/') {
    throw queryError('NotImplemented', `${name}: this server keeps no paths but "/".`);
  }
}

/** As AWS's ids look; the tenant's rows are numbered. */
function idOf(prefix: string, id: number): string {
  return `${prefix}${String(id).padStart(17, '0')}`;
}
