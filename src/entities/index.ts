import { AccessKey } from './access-key.js';
import { AccessLogBatch } from './access-log-batch.js';
import { AccessLogRecord } from './access-log-record.js';
import { ApiKey } from './api-key.js';
import { AssumableRole } from './assumable-role.js';
import { AuditBatch } from './audit-batch.js';
import { AuditKey } from './audit-key.js';
import { Blob } from './blob.js';
import { BlobCopy } from './blob-copy.js';
import { Bucket } from './bucket.js';
import { BucketUsage } from './bucket-usage.js';
import { Decision } from './decision.js';
import { EncryptionKey } from './encryption-key.js';
import { Event } from './event.js';
import { Favourite } from './favourite.js';
import { FolderJob } from './folder-job.js';
import { FolderJobError } from './folder-job-error.js';
import { FolderJobKey } from './folder-job-key.js';
import { FolderPosition } from './folder-position.js';
import { FolderTotal } from './folder-total.js';
import { InlinePolicy } from './inline-policy.js';
import { Installation } from './installation.js';
import { LdapDirectoryRow } from './ldap-directory.js';
import { LifecycleRound } from './lifecycle-round.js';
import { ManagedPolicy } from './managed-policy.js';
import { NamedConfiguration } from './named-configuration.js';
import { NotificationCursor } from './notification-cursor.js';
import { NotificationDelivery } from './notification-delivery.js';
import { NotificationTarget } from './notification-target.js';
import { ObjectVersion } from './object-version.js';
import { OidcProvider } from './oidc-provider.js';
import { PolicyAttachment } from './policy-attachment.js';
import { PolicyVersion } from './policy-version.js';
import { RateLimit } from './rate-limit.js';
import { RecoveryCode } from './recovery-code.js';
import { RefreshToken } from './refresh-token.js';
import { ReplicationTarget } from './replication-target.js';
import { ReplicationTask } from './replication-task.js';
import { ScrubRound } from './scrub-round.js';
import { SearchEntry } from './search-entry.js';
import { SearchFact } from './search-fact.js';
import { SearchPlace } from './search-place.js';
import { SearchWord } from './search-word.js';
import { SecondFactor } from './second-factor.js';
import { SessionCredential } from './session-credential.js';
import { ShareAccess } from './share-access.js';
import { ShareDownload } from './share-download.js';
import { ShareLink } from './share-link.js';
import { SignInAddress } from './sign-in-address.js';
import { SignInChallenge } from './sign-in-challenge.js';
import { SignInThrottle } from './sign-in-throttle.js';
import { SigningKey } from './signing-key.js';
import { Tenant } from './tenant.js';
import { TenantPurge } from './tenant-purge.js';
import { Upload } from './upload.js';
import { UploadPart } from './upload-part.js';
import { User } from './user.js';
import { UserGroup } from './user-group.js';
import { UserGroupMember } from './user-group-member.js';
import { UserSession } from './user-session.js';
import { VersionPart } from './version-part.js';

/** Every entity, for the ORM's discovery. */
export const entities = [
  Tenant,
  User,
  AccessKey,
  SessionCredential,
  UserGroup,
  UserGroupMember,
  ManagedPolicy,
  PolicyAttachment,
  InlinePolicy,
  PolicyVersion,
  AssumableRole,
  Decision,
  RefreshToken,
  UserSession,
  SignInChallenge,
  SignInThrottle,
  SignInAddress,
  SecondFactor,
  RecoveryCode,
  ApiKey,
  SigningKey,
  Bucket,
  BucketUsage,
  FolderTotal,
  FolderPosition,
  FolderJob,
  FolderJobError,
  FolderJobKey,
  Blob,
  BlobCopy,
  EncryptionKey,
  ObjectVersion,
  VersionPart,
  Upload,
  UploadPart,
  Event,
  AuditKey,
  AuditBatch,
  ReplicationTarget,
  ReplicationTask,
  ScrubRound,
  LifecycleRound,
  OidcProvider,
  Installation,
  LdapDirectoryRow,
  TenantPurge,
  RateLimit,
  NotificationTarget,
  NotificationCursor,
  NotificationDelivery,
  AccessLogRecord,
  AccessLogBatch,
  SearchEntry,
  SearchFact,
  SearchPlace,
  SearchWord,
  NamedConfiguration,
  ShareLink,
  ShareAccess,
  ShareDownload,
  Favourite,
];

export {
  AccessKey,
  ApiKey,
  Blob,
  Bucket,
  BucketUsage,
  EncryptionKey,
  Event,
  FolderPosition,
  FolderTotal,
  ManagedPolicy,
  NotificationTarget,
  ObjectVersion,
  OidcProvider,
  RefreshToken,
  ShareLink,
  SigningKey,
  Tenant,
  Upload,
  UploadPart,
  User,
  UserGroup,
  UserSession,
  VersionPart,
};
