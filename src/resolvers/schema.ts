import 'reflect-metadata';
import { type GraphQLSchema, isAbstractType, lexicographicSortSchema } from 'graphql';
import { buildSchemaSync } from 'type-graphql';
import { AccessKeyResolver } from './access-key.js';
import { AccountResolver } from './account.js';
import { BucketAclResolver, ObjectAclResolver } from './acl.js';
import { ApiKeyResolver } from './api-key.js';
import { ArchiveResolver, ObjectArchiveResolver } from './archive.js';
import { AuditResolver } from './audit.js';
import { BucketResolver } from './bucket.js';
import { BucketContentsResolver } from './bucket-contents.js';
import { BucketHistoryResolver } from './bucket-history.js';
import { BucketPolicyResolver } from './bucket-policy.js';
import { BucketQuotaResolver } from './bucket-quota.js';
import { BucketSettingsResolver } from './bucket-settings.js';
import { BucketCorsResolver } from './cors.js';
import { BucketEncryptionResolver, ObjectEncryptionResolver } from './encryption.js';
import { EncryptionKeyResolver } from './encryption-key.js';
import { ExplainResolver } from './explain.js';
import { FavouriteResolver, ObjectFavouriteResolver, ViewerFavouritesResolver } from './favourite.js';
import { FolderResolver, ObjectFolderResolver } from './folder.js';
import { FolderJobResolver, JobProgressResolver } from './folder-job.js';
import { AccessKeyPoliciesResolver, GroupResolver, UserPoliciesResolver } from './group.js';
import { IamRoleResolver, UserBoundaryResolver } from './iam-role.js';
import { BucketInventoryResolver } from './inventory.js';
import { countItems } from './item-count.js';
import { LdapDirectoryResolver } from './ldap.js';
import { BucketLifecycleResolver } from './lifecycle.js';
import { BucketLoggingResolver } from './logging.js';
import { BucketMonitoringResolver } from './monitoring.js';
import { NodeResolver } from './node.js';
import { NotificationTargetResolver } from './notification-target.js';
import { NotificationResolver } from './notifications.js';
import { ObjectResolver } from './object.js';
import { ObjectEventResolver } from './object-events.js';
import { BucketFactsResolver, ObjectFactsResolver, ViewerFactsResolver } from './object-facts.js';
import { ObjectHeadersResolver } from './object-headers.js';
import { BucketLockResolver, ObjectLockResolver } from './object-lock.js';
import { ObjectMutationsResolver } from './object-mutations.js';
import { OidcProviderResolver } from './oidc.js';
import { BucketPlacementResolver } from './placement.js';
import { PolicyResolver } from './policy.js';
import { PolicyVersionResolver } from './policy-version.js';
import { BucketReplicationResolver, ObjectReplicationResolver } from './replication.js';
import { SearchResolver } from './search.js';
import { SelectionJobResolver } from './selection-job.js';
import { SessionResolver } from './session.js';
import { BucketSharesResolver, ObjectSharesResolver, ShareLinkResolver, ViewerSharesResolver } from './share-link.js';
import { BucketSharingResolver, TenantSharingResolver } from './sharing.js';
import { SignInMethodsResolver } from './sign-in-methods.js';
import { SigningKeyResolver } from './signing-key.js';
import { StagedUploadResolver, UploadProgressResolver } from './staged-upload.js';
import { DamagedBlobResolver, ObjectIntegrityResolver, StorageResolver } from './storage.js';
import { folderEntryType } from './stored-object-types.js';
import { TenantResolver } from './tenant.js';
import { TenantPurgeResolver, TenantPurgesResolver } from './tenant-purge.js';
import { TenantRateLimitsResolver } from './tenant-rate-limits.js';
import { TrashedObjectResolver } from './trash.js';
import { UploadResolver } from './upload.js';
import { UserResolver } from './user.js';
import { UserManagementResolver } from './user-management.js';
import { ViewerResolver } from './viewer.js';
import { BucketWebsiteResolver } from './website.js';

let schema: GraphQLSchema | undefined;

/**
 * The one GraphQL schema, sorted by name so that its printed form does not depend on the order of imports. Built once
 * per process.
 */
export function buildGranarySchema(): GraphQLSchema {
  schema ??= complete(
    lexicographicSortSchema(
      buildSchemaSync({
        resolvers,
        // Its errors repeat the whole input, passwords too; operations check what they take.
        validate: false,
        // A test checks the schema that comes out; at each start the check would take longer than the making.
        skipCheck: true,
        // Asked for by the library; each subscription has a stream of its own.
        pubSub: { publish: noTopics, subscribe: noTopics },
      }),
    ),
  );
  return schema;
}

const resolvers = [
  AccessKeyResolver,
  AccountResolver,
  AccessKeyPoliciesResolver,
  ExplainResolver,
  FolderResolver,
  FolderJobResolver,
  SelectionJobResolver,
  JobProgressResolver,
  TrashedObjectResolver,
  ObjectFolderResolver,
  GroupResolver,
  PolicyResolver,
  PolicyVersionResolver,
  UserPoliciesResolver,
  ApiKeyResolver,
  ArchiveResolver,
  AuditResolver,
  BucketAclResolver,
  BucketInventoryResolver,
  BucketLoggingResolver,
  BucketMonitoringResolver,
  BucketWebsiteResolver,
  BucketContentsResolver,
  BucketHistoryResolver,
  BucketCorsResolver,
  BucketSettingsResolver,
  BucketLockResolver,
  BucketEncryptionResolver,
  BucketPlacementResolver,
  BucketLifecycleResolver,
  BucketPolicyResolver,
  BucketQuotaResolver,
  BucketReplicationResolver,
  BucketResolver,
  DamagedBlobResolver,
  EncryptionKeyResolver,
  IamRoleResolver,
  UserBoundaryResolver,
  LdapDirectoryResolver,
  NodeResolver,
  ObjectAclResolver,
  ObjectArchiveResolver,
  ObjectIntegrityResolver,
  ObjectLockResolver,
  ObjectEncryptionResolver,
  ObjectEventResolver,
  ObjectMutationsResolver,
  ObjectReplicationResolver,
  ObjectResolver,
  ObjectHeadersResolver,
  OidcProviderResolver,
  NotificationResolver,
  NotificationTargetResolver,
  SearchResolver,
  SessionResolver,
  ShareLinkResolver,
  BucketSharesResolver,
  ObjectSharesResolver,
  ViewerSharesResolver,
  FavouriteResolver,
  ObjectFavouriteResolver,
  ViewerFavouritesResolver,
  ViewerFactsResolver,
  ObjectFactsResolver,
  BucketFactsResolver,
  BucketSharingResolver,
  TenantSharingResolver,
  SignInMethodsResolver,
  SigningKeyResolver,
  StagedUploadResolver,
  UploadProgressResolver,
  StorageResolver,
  TenantPurgeResolver,
  TenantPurgesResolver,
  TenantRateLimitsResolver,
  TenantResolver,
  UploadResolver,
  UserManagementResolver,
  UserResolver,
  ViewerResolver,
] as const;

function noTopics(): never {
  throw new Error('Subscriptions follow the event feed; there are no topics to publish.');
}

/**
 * Adds what the library has no place for: the descriptions of the roots, and type resolvers that are not async, for
 * compiled queries do not wait for them; and has lists count their items.
 */
function complete(built: GraphQLSchema): GraphQLSchema {
  const [query, mutation, subscription] = [built.getQueryType(), built.getMutationType(), built.getSubscriptionType()];
  if (query && mutation && subscription) {
    query.description = 'What can be asked. Everything but `signInMethods` needs an access token.';
    mutation.description = 'What can be changed. Everything but signing in and out needs an access token.';
    subscription.description =
      'What can be watched, by WebSocket or server-sent events. Everything needs an access token.';
  }
  for (const type of Object.values(built.getTypeMap())) {
    if (isAbstractType(type)) {
      type.resolveType = typeNameOf;
    }
  }
  countItems(built);
  return built;
}

function typeNameOf(value: object): string {
  if ('__typename' in value && typeof value.__typename === 'string') {
    return value.__typename;
  }
  return folderEntryType(value);
}
