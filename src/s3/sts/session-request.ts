import { isSessionText } from '../../auth/role-session.js';
import type { RoleCredentials } from '../../operations/credentials/assume-role.js';
import type { RoleReference, RoleSessionRequest } from '../../operations/credentials/assumption.js';
import type { SessionCredentialsInput } from '../../operations/credentials/create-session-credentials.js';
import type { SessionCredentials } from '../../operations/credentials/insert-session-credentials.js';
import { SELF_ROLE } from '../../operations/identities/role-input.js';
import type { PolicyReference } from '../../operations/policies/find-policy.js';
import { policyOfArn } from '../iam/arns.js';
import { element, type Xml } from '../protocol/xml-writer.js';
import type { Parameters } from '../query-api/parameters.js';
import { queryError } from '../query-api/query-error.js';
import { tagsOf } from '../query-api/request-tags.js';

const hour = 3600;
const longest = 12 * hour;
const mostTags = 50;
const longestTagKey = 128;

/** What the parameters say that operations with a role and without one have in common. */
interface Narrowed {
  sessionName: string | undefined;
  seconds: number | undefined;
  sessionPolicy: string | undefined;
  policies: PolicyReference[];
}

/** For credentials of the user who asks; `tenant` is whose policies the ARNs name. */
export function readSelfRequest(
  parameters: Parameters,
  { operation, tenant, most }: { operation: string; tenant: string; most?: number },
): SessionCredentialsInput {
  parameters.refuse('SourceIdentity', 'Tags', 'TransitiveTagKeys');
  const { seconds = hour, ...asked } = readNarrowed(parameters, { tenant, most });
  return { operation, ...asked, seconds };
}

/** For credentials of a role. */
export function readRoleRequest(
  parameters: Parameters,
  { role, most }: { role: RoleReference; most?: number },
): RoleSessionRequest {
  const sourceIdentity = textOf(parameters, 'SourceIdentity');
  const externalId = parameters.get('ExternalId');
  if (externalId !== undefined && !/^[\w+=,.@:/-]{2,1224}$/.test(externalId)) {
    throw queryError('ValidationError', 'ExternalId has 2 to 1224 characters: letters, digits and _ + = , . @ : / -');
  }
  const { sessionName, ...asked } = readNarrowed(parameters, { tenant: role.tenant, most });
  if (sessionName === undefined) {
    throw queryError('ValidationError', 'The request must contain the parameter RoleSessionName.');
  }
  const transitiveTags = parameters.members('TransitiveTagKeys');
  if (transitiveTags.length > mostTags || transitiveTags.some((key) => key.length > longestTagKey)) {
    throw queryError(
      'ValidationError',
      `TransitiveTagKeys has at most ${mostTags} keys, of at most ${longestTagKey} characters.`,
    );
  }
  const tags = tagsOf(parameters) ?? {};
  return { ...asked, role, sessionName, tags, transitiveTags, sourceIdentity, externalId };
}

function readNarrowed(
  parameters: Parameters,
  { tenant, most = longest }: { tenant: string; most?: number | undefined },
): Narrowed {
  parameters.refuse('ProvidedContexts', 'SerialNumber', 'TokenCode');
  const policies = parameters.members('PolicyArns', 'arn');
  if (policies.length > 10) {
    throw queryError('ValidationError', 'At most 10 policies can be named.');
  }
  const isAsked = parameters.get('DurationSeconds') !== undefined;
  return {
    sessionName: textOf(parameters, 'RoleSessionName'),
    seconds: isAsked ? parameters.number('DurationSeconds', { least: 900, most, usual: hour }) : undefined,
    sessionPolicy: parameters.get('Policy'),
    policies: policies.map((arn) => policyOfArn(arn, tenant)),
  };
}

function textOf(parameters: Parameters, name: string): string | undefined {
  const value = parameters.get(name);
  if (value !== undefined && !isSessionText(value)) {
    throw queryError('ValidationError', `${name} has 2 to 64 characters: letters, digits and _ + = , . @ -`);
  }
  return value;
}

/**
 * The role that an ARN names; undefined for whoever asks for credentials of its own: without an ARN, or with that of the
 * role `self`, which there is not.
 */
export function roleOf(parameters: Parameters, ownTenant: string): RoleReference | undefined {
  const arn = parameters.get('RoleArn');
  if (arn === undefined) {
    return undefined;
  }
  const [, account, path = '/', name] =
    /^arn:aws:iam::([a-z0-9-]*):role(\/(?:[\x21-\x7e]{1,510}\/)?)([\w+=,.@-]{1,64})$/.exec(arn) ?? [];
  if (name === undefined) {
    throw queryError('ValidationError', `${arn} is not the ARN of a role.`);
  }
  const role = { tenant: account || ownTenant, path, name };
  return name === SELF_ROLE && path === '/' && role.tenant === ownTenant ? undefined : role;
}

/** The `Credentials` element. */
export function credentialElements(made: SessionCredentials): (Xml | undefined)[] {
  return [
    element('Credentials', [
      element('AccessKeyId', made.accessKeyId),
      element('SecretAccessKey', made.secretAccessKey),
      element('SessionToken', made.sessionToken),
      element('Expiration', made.expiresAt.toISOString()),
    ]),
  ];
}

/** The elements of whoever has got a role: its credentials, who it is from now on, and for whom. */
export function assumedRoleElements(made: RoleCredentials): (Xml | undefined)[] {
  const { roleId, tenant, role, sessionName, sourceIdentity } = made;
  return [
    ...credentialElements(made),
    element('AssumedRoleUser', [
      element('AssumedRoleId', `${roleId}:${sessionName}`),
      element('Arn', `arn:aws:sts::${tenant}:assumed-role/${role}/${sessionName}`),
    ]),
    element('SourceIdentity', sourceIdentity),
  ];
}
