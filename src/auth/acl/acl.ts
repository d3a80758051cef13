/** Access control lists as S3 has them: https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html */

export const permissions = ['FULL_CONTROL', 'READ', 'WRITE', 'READ_ACP', 'WRITE_ACP'] as const;
export type Permission = (typeof permissions)[number];

/** Whoever it is; whoever has signed a request, of any tenant; and the delivery of access logs. */
export const aclGroups = ['AllUsers', 'AuthenticatedUsers', 'LogDelivery'] as const;
export type AclGroup = (typeof aclGroups)[number];

/** A user as lists name it. */
export interface AclUser {
  readonly canonicalId: string;
  readonly displayName: string;
}

export type Grantee = ({ readonly kind: 'user' } & AclUser) | { readonly kind: 'group'; readonly group: AclGroup };

export interface Grant {
  readonly grantee: Grantee;
  readonly permission: Permission;
}

export interface Acl {
  readonly owner: AclUser;
  readonly grants: readonly Grant[];
}

/** The list of what nobody was granted anything of. */
export function privateAcl(owner: AclUser): Acl {
  return { owner, grants: [fullControl(owner)] };
}

export function fullControl({ canonicalId, displayName }: AclUser): Grant {
  return { grantee: { kind: 'user', canonicalId, displayName }, permission: 'FULL_CONTROL' };
}

/** True when the list grants something to everyone; whoever signs requests is everyone too, as in S3. */
export function isPublicAcl({ grants }: Acl): boolean {
  return grants.some(({ grantee }) => grantee.kind === 'group' && grantee.group !== 'LogDelivery');
}
