/** What a user may do before any policy speaks. */
export type Role = 'ADMINISTRATOR' | 'TENANT_ADMINISTRATOR' | 'MEMBER' | 'READ_ONLY';

/** A signed-in user, by whatever door. */
export interface UserCaller {
  readonly kind: 'user';
  readonly userId: number;
  readonly username: string;
  readonly displayName: string;
  readonly canonicalId: string;
  readonly role: Role;
  readonly tenantId: number;
  readonly tenantName: string;
  /** Present when the request was signed with an S3 access key. */
  readonly accessKeyId?: string;
}

/** Somebody who showed no credentials; only a bucket's policy can let them in. Unqualified names are the default tenant's. */
export interface AnonymousCaller {
  readonly kind: 'anonymous';
  readonly tenantId: number;
  readonly tenantName: string;
}

export type Caller = UserCaller | AnonymousCaller;
