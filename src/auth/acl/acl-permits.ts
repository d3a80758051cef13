import type { Caller } from '../caller.js';
import type { Acl, Grant, Permission } from './acl.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#permissions : what a bucket's list lets do. */
const ofBuckets: Readonly<Record<string, Permission>> = {
  's3:ListBucket': 'READ',
  's3:ListBucketVersions': 'READ',
  's3:ListBucketMultipartUploads': 'READ',
  's3:PutObject': 'WRITE',
  's3:DeleteObject': 'WRITE',
  's3:AbortMultipartUpload': 'WRITE',
  's3:ListMultipartUploadParts': 'WRITE',
  's3:GetBucketAcl': 'READ_ACP',
  's3:PutBucketAcl': 'WRITE_ACP',
};

/** What an object's list lets do. */
const ofObjects: Readonly<Record<string, Permission>> = {
  's3:GetObject': 'READ',
  's3:GetObjectVersion': 'READ',
  's3:GetObjectAttributes': 'READ',
  's3:GetObjectVersionAttributes': 'READ',
  's3:GetObjectAcl': 'READ_ACP',
  's3:GetObjectVersionAcl': 'READ_ACP',
  's3:PutObjectAcl': 'WRITE_ACP',
  's3:PutObjectVersionAcl': 'WRITE_ACP',
};

/** Whose list decides about an action; undefined when lists have no say in it. */
export function listFor(action: string): 'bucket' | 'object' | undefined {
  return Object.hasOwn(ofBuckets, action) ? 'bucket' : Object.hasOwn(ofObjects, action) ? 'object' : undefined;
}

export interface AclQuestion {
  readonly caller: Caller;
  readonly action: string;
  /** That of the bucket or of the object; see {@link listFor}. */
  readonly acl: Acl;
  /** Whether what is granted to everyone counts. */
  readonly publicGrants: 'count' | 'ignored';
}

/** Whether a list lets the caller do it. Lists only allow; what denies is said elsewhere. */
export function aclPermits({ caller, action, acl, publicGrants }: AclQuestion): boolean {
  const table = listFor(action) === 'bucket' ? ofBuckets : ofObjects;
  const permission = Object.hasOwn(table, action) ? table[action] : undefined;
  if (permission === undefined) {
    return false;
  }
  // An owner can always look at its list and mend it.
  if (permission.endsWith('_ACP') && caller.kind === 'user' && caller.canonicalId === acl.owner.canonicalId) {
    return true;
  }
  return acl.grants.some(
    (grant) =>
      (grant.permission === permission || grant.permission === 'FULL_CONTROL') && isFor(grant, caller, publicGrants),
  );
}

function isFor({ grantee }: Grant, caller: Caller, publicGrants: AclQuestion['publicGrants']): boolean {
  if (grantee.kind === 'user') {
    return caller.kind === 'user' && caller.canonicalId === grantee.canonicalId;
  }
  if (grantee.group === 'LogDelivery') {
    return caller.kind === 'anonymous' && caller.service === 'logging.s3.amazonaws.com';
  }
  if (publicGrants === 'ignored') {
    return false;
  }
  return grantee.group === 'AllUsers' || (grantee.group === 'AuthenticatedUsers' && caller.kind === 'user');
}
