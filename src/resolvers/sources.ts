import type { UserCaller } from '../auth/caller.js';
import type { ClaimPaths, ClaimRule } from '../auth/claim-mapping.js';
import type { AccessKey } from '../entities/access-key.js';
import type { ApiKey } from '../entities/api-key.js';
import type { EncryptionKey } from '../entities/encryption-key.js';
import type { NotificationTarget } from '../entities/notification-target.js';
import type { OidcProvider } from '../entities/oidc-provider.js';
import type { ShareLink } from '../entities/share-link.js';
import type { Tenant } from '../entities/tenant.js';
import type { User } from '../entities/user.js';
import type { UserSession } from '../entities/user-session.js';

/** The values behind the GraphQL types of identity: plain rows, so that nothing is fetched behind their back. */
export type TenantSource = Pick<
  Tenant,
  'id' | 'name' | 'displayName' | 'createdAt' | 'suspendedAt' | 'quota' | 'rateLimits' | 'sharing'
>;

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
    | 'path'
    | 'tags'
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
  extends Pick<
    AccessKey,
    'accessKeyId' | 'description' | 'sessionPolicy' | 'expiresAt' | 'disabled' | 'lastUsedAt' | 'createdAt'
  > {
  userId: number;
}

export interface ApiKeySource
  extends Pick<ApiKey, 'keyId' | 'name' | 'scopes' | 'sessionPolicy' | 'expiresAt' | 'lastUsedAt' | 'createdAt'> {
  userId: number;
}

export type SessionSource = Pick<
  UserSession,
  'id' | 'method' | 'userAgent' | 'sourceIp' | 'createdAt' | 'lastUsedAt' | 'expiresAt'
>;

export type EncryptionKeySource = Pick<EncryptionKey, 'id' | 'name' | 'description' | 'enabled' | 'createdAt'>;

export interface NotificationTargetSource
  extends Pick<
    NotificationTarget,
    'id' | 'name' | 'kind' | 'address' | 'destination' | 'username' | 'enabled' | 'createdAt'
  > {
  tenantId: number;
}

export interface OidcProviderSource
  extends Omit<OidcProvider, 'tenant' | 'clientSecretSealed' | 'claims' | 'rules' | 'revision'> {
  tenantId: number | null;
  claims: ClaimPaths;
  rules: ClaimRule[];
}

export function toTenantSource({
  id,
  name,
  displayName,
  createdAt,
  suspendedAt,
  quota,
  rateLimits,
  sharing,
}: Tenant): TenantSource {
  return { id, name, displayName, createdAt, suspendedAt, quota, rateLimits, sharing };
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
    path: user.path,
    tags: user.tags,
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
    disabled: key.disabled,
    lastUsedAt: key.lastUsedAt,
    createdAt: key.createdAt,
  };
}

export function toApiKeySource(key: ApiKey): ApiKeySource {
  const { keyId, name, scopes, sessionPolicy, expiresAt, lastUsedAt, createdAt } = key;
  return { keyId, userId: key.user.id, name, scopes, sessionPolicy, expiresAt, lastUsedAt, createdAt };
}

export interface ShareLinkSource
  extends Pick<
    ShareLink,
    | 'id'
    | 'kind'
    | 'path'
    | 'versionId'
    | 'description'
    | 'maxDownloads'
    | 'downloads'
    | 'expiresAt'
    | 'revokedAt'
    | 'lastUsedAt'
    | 'createdAt'
  > {
  bucketId: number;
  userId: number;
  hasPassword: boolean;
}

export function toShareLinkSource(link: ShareLink): ShareLinkSource {
  const { id, kind, path, versionId, description, maxDownloads, downloads, expiresAt, revokedAt } = link;
  const { lastUsedAt, createdAt } = link;
  const limits = { maxDownloads, downloads, expiresAt, revokedAt, lastUsedAt, createdAt };
  const relations = { bucketId: link.bucket.id, userId: link.user.id, hasPassword: link.passwordHash !== null };
  return { id, kind, path, versionId, description, ...limits, ...relations };
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

export function toNotificationTargetSource(target: NotificationTarget): NotificationTargetSource {
  const { id, tenant, name, kind, address, destination, username, enabled, createdAt } = target;
  return { id, tenantId: tenant.id, name, kind, address, destination, username, enabled, createdAt };
}

export function toOidcProviderSource(provider: OidcProvider): OidcProviderSource {
  return {
    id: provider.id,
    tenantId: provider.tenant?.id ?? null,
    address: provider.address,
    displayName: provider.displayName,
    enabled: provider.enabled,
    issuer: provider.issuer,
    clientId: provider.clientId,
    audiences: provider.audiences,
    algorithms: provider.algorithms,
    scopes: provider.scopes,
    clockSkewSeconds: provider.clockSkewSeconds,
    // Only what was validated when it was set is in these columns.
    claims: provider.claims as ClaimPaths,
    rules: provider.rules as ClaimRule[],
    defaultTenant: provider.defaultTenant,
    defaultRole: provider.defaultRole,
    acceptBearer: provider.acceptBearer,
    offerLogin: provider.offerLogin,
    createdAt: provider.createdAt,
  };
}
