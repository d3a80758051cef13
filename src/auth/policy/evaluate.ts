import type { Caller } from '../caller.js';
import type { Policy, PolicyStatement, PrincipalPattern } from './policy.js';
import { matchesWildcard } from './wildcard.js';

/** One question to a policy: may this caller do this to that. */
export interface PolicyRequest {
  readonly principal: Caller;
  /** In AWS's spelling: `s3:GetObject`. */
  readonly action: string;
  /** The ARN of the bucket or of an object in it. */
  readonly resource: string;
  readonly bucketTenantId: number;
}

/** `none` when no statement is about the request. */
export type Decision = 'allow' | 'deny' | 'none';

/** What a bucket's policy says to a request. A statement that denies wins over all that allow. */
export function evaluate(policy: Policy, request: PolicyRequest): Decision {
  let decision: Decision = 'none';
  for (const statement of policy.statements) {
    if (applies(statement, request)) {
      if (statement.effect === 'Deny') {
        return 'deny';
      }
      decision = 'allow';
    }
  }
  return decision;
}

function applies(statement: PolicyStatement, request: PolicyRequest): boolean {
  const action = request.action.toLowerCase();
  return (
    statement.principals.some((pattern) => isPrincipal(pattern, request)) &&
    statement.actions.some((pattern) => matchesWildcard(pattern, action)) &&
    statement.resources.some((pattern) => matchesWildcard(pattern, request.resource))
  );
}

function isPrincipal(pattern: PrincipalPattern, request: PolicyRequest): boolean {
  const caller = request.principal;
  if (pattern.kind === 'everyone') {
    return true;
  }
  if (caller.kind === 'anonymous') {
    return false;
  }
  if (pattern.kind === 'canonicalUser') {
    return pattern.canonicalId === caller.canonicalId;
  }
  const inTenant =
    pattern.tenant === null ? caller.tenantId === request.bucketTenantId : caller.tenantName === pattern.tenant;
  return inTenant && (pattern.kind === 'tenant' || pattern.username === caller.username);
}
