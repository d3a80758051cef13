import { createHash } from 'node:crypto';
import type { UserCaller } from './caller.js';

/** Who asks, as STS names it: a user, or the session of a role. */
export function callerArn(caller: UserCaller): string {
  const { assumed, tenantName } = caller;
  return assumed === undefined
    ? principalArn(caller)
    : `arn:aws:sts::${tenantName}:assumed-role/${assumed.role}/${assumed.name}`;
}

/**
 * As `GetUser` and `GetCallerIdentity` name who asks. An administrator that was brought along with the tenant's name for
 * its canonical id is the account's root, as where it comes from; as a principal that ARN means the whole account.
 */
export function identityArn(caller: UserCaller): string {
  const { assumed, canonicalId, role, tenantName } = caller;
  const isAdministrator = role === 'ADMINISTRATOR' || role === 'TENANT_ADMINISTRATOR';
  return assumed === undefined && isAdministrator && canonicalId === tenantName
    ? `arn:aws:iam::${tenantName}:root`
    : callerArn(caller);
}

/** As `aws:PrincipalArn` has it: of a session its role. */
export function principalArn({ assumed, tenantName, username, path = '/' }: UserCaller): string {
  return assumed === undefined
    ? `arn:aws:iam::${tenantName}:user${path}${username}`
    : `arn:aws:iam::${tenantName}:role${path}${assumed.role}`;
}

/** As `aws:userid` has it: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html */
export function callerUserId(caller: UserCaller): string {
  const { assumed } = caller;
  return assumed === undefined ? principalId(caller) : `${principalId(caller)}:${assumed.name}`;
}

/** The unique id of the user, or of the role of a session. */
export function principalId({ assumed, canonicalId }: UserCaller): string {
  return uniqueId(assumed === undefined ? 'user' : 'role', canonicalId);
}

const prefixes = { user: 'AIDA', role: 'AROA' } as const;
const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/**
 * What IAM calls the unique id of a user or a role, in the form that AWS gives it. It is made of the canonical id, so
 * that it stays when the name changes, and is not what S3 calls the owner of objects.
 */
export function uniqueId(kind: keyof typeof prefixes, canonicalId: string): string {
  const bytes = createHash('sha256').update(canonicalId).digest().subarray(0, 17);
  return prefixes[kind] + Array.from(bytes, (byte) => digits[byte % 32]).join('');
}
