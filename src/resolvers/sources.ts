import type { UserCaller } from '../auth/caller.js';
import type { AccessKey } from '../entities/access-key.js';
import type { EncryptionKey } from '../entities/encryption-key.js';
import type { Tenant } from '../entities/tenant.js';
import type { User } from '../entities/user.js';

/** The values behind the GraphQL types of identity: plain rows, so that nothing is fetched behind their back. */
export type TenantSource = Pick<Tenant, 'id' | 'name' | 'displayName' | 'createdAt'>;

export interface UserSource
  extends Pick<
    User,
    | 'id'
    | 'username'
    | 'role'
    | 'displayName'
    | 'email'
    | 'canonicalId'
    | 'disabled'
    | 'source'
    | 'createdAt'
    | 'lastSignInAt'
    | 'passwordChangedAt'
    | 'mustChangePassword'
  > {
  tenantId: number;
  /** Whose rights show the rest of it, when a request without a token has just signed in. */
  session?: UserCaller;
}

export interface AccessKeySource
  extends Pick<AccessKey, 'accessKeyId' | 'description' | 'sessionPolicy' | 'expiresAt' | 'createdAt'> {
  userId: number;
}

export type EncryptionKeySource = Pick<EncryptionKey, 'id' | 'name' | 'description' | 'enabled' | 'createdAt'>;

export function toTenantSource({ id, name, displayName, createdAt }: Tenant): TenantSource {
  return { id, name, displayName, createdAt };
}

export function toUserSource(user: User): UserSource {
  return {
    id: user.id,
    tenantId: user.tenant.id,
    username: user.username,
    role: user.role,
    displayName: user.displayName,
    email: user.email,
    canonicalId: user.canonicalId,
    disabled: user.disabled,
    source: user.source,
    createdAt: user.createdAt,
    lastSignInAt: user.lastSignInAt,
    passwordChangedAt: user.passwordChangedAt,
    mustChangePassword: user.mustChangePassword,
  };
}

export function toAccessKeySource(key: AccessKey): AccessKeySource {
  return {
    accessKeyId: key.accessKeyId,
    userId: key.user.id,
    description: key.description,
    sessionPolicy: key.sessionPolicy,
    expiresAt: key.expiresAt,
    createdAt: key.createdAt,
  };
}

export function toEncryptionKeySource({
  id,
  name,
  description,
  enabled,
  createdAt,
}: EncryptionKey): EncryptionKeySource {
  return { id, name, description, enabled, createdAt };
}
