import { type Acl, type AclGroup, type AclUser, fullControl, type Grant, type Permission } from './acl.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl */
export const cannedAcls = [
  'private',
  'public-read',
  'public-read-write',
  'authenticated-read',
  'aws-exec-read',
  'bucket-owner-read',
  'bucket-owner-full-control',
  'log-delivery-write',
] as const;
export type CannedAcl = (typeof cannedAcls)[number];

/** The list that a canned one stands for. For a bucket, its owner and the owner are one. */
export function cannedAcl(canned: CannedAcl, { owner, bucketOwner }: { owner: AclUser; bucketOwner: AclUser }): Acl {
  return { owner, grants: [fullControl(owner), ...moreOf(canned, owner, bucketOwner)] };
}

function moreOf(canned: CannedAcl, owner: AclUser, bucketOwner: AclUser): Grant[] {
  const isOwn = owner.canonicalId === bucketOwner.canonicalId;
  const { canonicalId, displayName } = bucketOwner;
  switch (canned) {
    // The service that the fourth is for does not exist here.
    case 'private':
    case 'aws-exec-read':
      return [];
    case 'public-read':
      return [toGroup('AllUsers', 'READ')];
    case 'public-read-write':
      return [toGroup('AllUsers', 'READ'), toGroup('AllUsers', 'WRITE')];
    case 'authenticated-read':
      return [toGroup('AuthenticatedUsers', 'READ')];
    case 'bucket-owner-read':
      return isOwn ? [] : [{ grantee: { kind: 'user', canonicalId, displayName }, permission: 'READ' }];
    case 'bucket-owner-full-control':
      return isOwn ? [] : [fullControl(bucketOwner)];
    case 'log-delivery-write':
      return [toGroup('LogDelivery', 'WRITE'), toGroup('LogDelivery', 'READ_ACP')];
    default:
      canned satisfies never;
      return [];
  }
}

function toGroup(group: AclGroup, permission: Permission): Grant {
  return { grantee: { kind: 'group', group }, permission };
}
