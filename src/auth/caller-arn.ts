import type { UserCaller } from './caller.js';

/** Who asks, as STS names it: a user, or the session of a role. */
export function callerArn(caller: UserCaller): string {
  const { assumed, tenantName } = caller;
  return assumed === undefined
    ? principalArn(caller)
    : `arn:aws:sts::${tenantName}:assumed-role/${assumed.role}/${assumed.name}`;
}

/** As `aws:PrincipalArn` has it: of a session its role. */
export function principalArn({ assumed, tenantName, username, path = '/' }: UserCaller): string {
  return assumed === undefined
    ? `arn:aws:iam::${tenantName}:user${path}${username}`
    : `arn:aws:iam::${tenantName}:role${path}${assumed.role}`;
}

/** As `aws:userid` has it. */
export function callerUserId({ assumed, canonicalId }: UserCaller): string {
  return assumed === undefined ? canonicalId : `${canonicalId}:${assumed.name}`;
}
