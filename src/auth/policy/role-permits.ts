import type { Caller } from '../caller.js';

/** What a role's reach depends on. */
export interface OwnedBucket {
  readonly ownerId: number;
  readonly tenantId: number;
}

const memberActionsWithoutBucket = new Set(['s3:CreateBucket', 's3:ListAllMyBuckets']);

/**
 * What the caller's role permits before any bucket policy speaks. The bucket is null for actions on none, which are
 * actions in the caller's own tenant.
 */
export function rolePermits(caller: Caller, action: string, bucket: OwnedBucket | null): boolean {
  if (caller.kind === 'anonymous') {
    return false;
  }
  if (caller.role === 'ADMINISTRATOR') {
    return true;
  }
  if (bucket !== null && bucket.tenantId !== caller.tenantId) {
    return false;
  }
  switch (caller.role) {
    case 'TENANT_ADMINISTRATOR':
      return true;
    case 'MEMBER':
      return bucket === null ? memberActionsWithoutBucket.has(action) : bucket.ownerId === caller.userId;
    case 'READ_ONLY':
      return action.startsWith('s3:Get') || action.startsWith('s3:List') || action === 's3:HeadBucket';
    default:
      caller.role satisfies never;
      return false;
  }
}
