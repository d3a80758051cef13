import type { SessionCredentials, SessionCredentialsInput } from '../../operations/create-session-credentials.js';
import { policyNameOf } from '../iam/arns.js';
import { element, type Xml } from '../protocol/xml-writer.js';
import type { Parameters } from '../query-api/parameters.js';
import { queryError } from '../query-api/query-error.js';

const hour = 3600;

/** What the operations that assume a role have in common; `tenant` is whose policies the ARNs name. */
export function readSessionRequest(
  parameters: Parameters,
  { operation, tenant, most = 12 * hour }: { operation: string; tenant: string; most?: number },
): SessionCredentialsInput {
  parameters.refuse('ProvidedContexts', 'SerialNumber', 'SourceIdentity', 'Tags', 'TokenCode', 'TransitiveTagKeys');
  const sessionName = parameters.get('RoleSessionName');
  if (sessionName !== undefined && !/^[\w+=,.@-]{2,64}$/.test(sessionName)) {
    throw queryError('ValidationError', 'RoleSessionName has 2 to 64 characters: letters, digits and _ + = , . @ -');
  }
  const policies = parameters.members('PolicyArns', 'arn');
  if (policies.length > 10) {
    throw queryError('ValidationError', 'At most 10 policies can be named.');
  }
  return {
    operation,
    sessionName,
    seconds: parameters.number('DurationSeconds', { least: 900, most, usual: hour }),
    sessionPolicy: parameters.get('Policy'),
    policies: policies.map((arn) => policyNameOf(arn, tenant)),
  };
}

/** The name of the role that an ARN names, which must be one of the tenant's; a usual name when there is none. */
export function roleNameOf(arn: string | undefined, tenant: string): string {
  if (arn === undefined) {
    return 'self';
  }
  const [, account, name] =
    /^arn:aws:iam::([a-z0-9-]*):role\/(?:[\x21-\x7e]{1,512}\/)?([\w+=,.@-]{1,64})$/.exec(arn) ?? [];
  if (name === undefined) {
    throw queryError('ValidationError', `${arn} is not the ARN of a role.`);
  }
  if (account !== '' && account !== tenant) {
    throw queryError('AccessDenied', `Not authorized to perform sts:AssumeRole on resource: ${arn}`);
  }
  return name;
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

/** The `AssumedRoleUser` element. */
export function assumedRoleUser(session: {
  tenant: string;
  role: string;
  userId: string;
  name: string | undefined;
}): Xml | undefined {
  const { tenant, role, userId, name = 'session' } = session;
  return element('AssumedRoleUser', [
    element('AssumedRoleId', `${userId}:${name}`),
    element('Arn', `arn:aws:sts::${tenant}:assumed-role/${role}/${name}`),
  ]);
}
