import { registerEnumType } from 'type-graphql';

/** What a user may do before any bucket policy speaks. */
export const Role = {
  ADMINISTRATOR: 'ADMINISTRATOR',
  TENANT_ADMINISTRATOR: 'TENANT_ADMINISTRATOR',
  MEMBER: 'MEMBER',
  READ_ONLY: 'READ_ONLY',
} as const;
export type Role = (typeof Role)[keyof typeof Role];

registerEnumType(Role, {
  name: 'Role',
  description: 'What a user may do before any bucket policy speaks.',
  valuesConfig: {
    ADMINISTRATOR: { description: 'Everything, in every tenant.' },
    TENANT_ADMINISTRATOR: { description: 'Everything inside the own tenant.' },
    MEMBER: { description: 'Creates buckets and does everything with the buckets it owns.' },
    READ_ONLY: { description: 'Reads and lists what is in the own tenant.' },
  },
});

/** Where a user comes from, and who vouches for it. */
export const UserOrigin = { LOCAL: 'LOCAL', LDAP: 'LDAP', OIDC: 'OIDC' } as const;
export type UserOrigin = (typeof UserOrigin)[keyof typeof UserOrigin];

registerEnumType(UserOrigin, {
  name: 'UserOrigin',
  description: 'Where a user comes from, and who vouches for it.',
  valuesConfig: {
    LOCAL: { description: 'Created here; signs in with a password that is kept here.' },
    LDAP: { description: 'Of an LDAP directory, which is asked for the password.' },
    OIDC: { description: 'Of an OpenID provider, whose tokens it shows.' },
  },
});

/** Whether a bucket keeps the versions that a write replaces. */
export const BucketVersioning = {
  UNVERSIONED: 'UNVERSIONED',
  ENABLED: 'ENABLED',
  SUSPENDED: 'SUSPENDED',
} as const;
export type BucketVersioning = (typeof BucketVersioning)[keyof typeof BucketVersioning];

registerEnumType(BucketVersioning, {
  name: 'BucketVersioning',
  description: 'Whether a bucket keeps the versions that a write replaces.',
  valuesConfig: {
    UNVERSIONED: { description: 'Versioning was never enabled: a write replaces the object.' },
    ENABLED: { description: 'Every write makes a new version and keeps the ones before it.' },
    SUSPENDED: { description: 'Earlier versions are kept; new writes replace the version without an id.' },
  },
});

/** What an account is: somebody who signs in, or a role that is assumed. */
export const AccountKind = { USER: 'USER', ROLE: 'ROLE' } as const;
export type AccountKind = (typeof AccountKind)[keyof typeof AccountKind];

/** How an object is stored. */
export const StorageClass = { STANDARD: 'STANDARD', STANDARD_IA: 'STANDARD_IA', GLACIER_IR: 'GLACIER_IR' } as const;
export type StorageClass = (typeof StorageClass)[keyof typeof StorageClass];

registerEnumType(StorageClass, {
  name: 'StorageClass',
  description: 'How an object is stored.',
  valuesConfig: {
    STANDARD: { description: 'In the hot store.' },
    STANDARD_IA: { description: 'In the cold store, for what is seldom read; readable at once.' },
    GLACIER_IR: { description: 'In the cold store, for what is kept and hardly ever read; readable at once.' },
  },
});

/** Where an object version is in its life. */
export const VersionState = { COMMITTED: 'COMMITTED', DELETING: 'DELETING', DELETED: 'DELETED' } as const;
export type VersionState = (typeof VersionState)[keyof typeof VersionState];

/** Where a blob is in its life. */
export const BlobState = { pending: 'pending', live: 'live', dead: 'dead' } as const;
export type BlobState = (typeof BlobState)[keyof typeof BlobState];

/** What the scrubber or a reader found wrong with a blob. */
export const BlobDamage = { CORRUPT: 'CORRUPT', MISSING: 'MISSING' } as const;
export type BlobDamage = (typeof BlobDamage)[keyof typeof BlobDamage];

registerEnumType(BlobDamage, {
  name: 'BlobDamage',
  description: 'What is wrong with stored bytes.',
  valuesConfig: {
    CORRUPT: { description: 'They are not what was stored.' },
    MISSING: { description: 'They are not there.' },
  },
});

/** How far a second copy of a blob has come. */
export const CopyState = { WANTED: 'WANTED', WRITING: 'WRITING', PLACED: 'PLACED' } as const;
export type CopyState = (typeof CopyState)[keyof typeof CopyState];

/** How far one version has come on its way to one replication target. */
export const ReplicationState = { PENDING: 'PENDING', COMPLETED: 'COMPLETED', FAILED: 'FAILED' } as const;
export type ReplicationState = (typeof ReplicationState)[keyof typeof ReplicationState];

/** Which content a bucket compresses. */
export const BucketCompression = { OFF: 'OFF', AUTO: 'AUTO', ALWAYS: 'ALWAYS' } as const;
export type BucketCompression = (typeof BucketCompression)[keyof typeof BucketCompression];

registerEnumType(BucketCompression, {
  name: 'BucketCompression',
  description: 'Which content a bucket compresses before it is stored. Reads give back the content as it was sent.',
  valuesConfig: {
    OFF: { description: 'None.' },
    AUTO: { description: 'Content of types that usually shrink, where a sample of it does.' },
    ALWAYS: { description: 'All that is too large for its row.' },
  },
});

/** Where a multipart upload is in its life. */
export const UploadState = { OPEN: 'OPEN', COMPLETED: 'COMPLETED', ABORTED: 'ABORTED' } as const;
export type UploadState = (typeof UploadState)[keyof typeof UploadState];

/** What became of what was asked for. */
export const EventOutcome = { SUCCESS: 'SUCCESS', FAILURE: 'FAILURE', DENIED: 'DENIED' } as const;
export type EventOutcome = (typeof EventOutcome)[keyof typeof EventOutcome];

registerEnumType(EventOutcome, {
  name: 'EventOutcome',
  description: 'What became of what was asked for.',
  valuesConfig: {
    SUCCESS: { description: 'It was done.' },
    FAILURE: { description: 'It could not be done; of a sign-in: the password or the like was wrong.' },
    DENIED: { description: 'Who asked for it may not do it.' },
  },
});

/** What showed who a session's user is. */
export const SignInMethod = { PASSWORD: 'PASSWORD', LDAP: 'LDAP', OIDC: 'OIDC' } as const;
export type SignInMethod = (typeof SignInMethod)[keyof typeof SignInMethod];

registerEnumType(SignInMethod, {
  name: 'SignInMethod',
  description: "What showed who a session's user is.",
  valuesConfig: {
    PASSWORD: { description: 'The password that is kept here.' },
    LDAP: { description: 'A directory, which verified the password.' },
    OIDC: { description: 'An OpenID provider.' },
  },
});

/** What an API key may be used for. */
export const ApiScope = {
  OBJECTS_READ: 'OBJECTS_READ',
  OBJECTS_WRITE: 'OBJECTS_WRITE',
  BUCKETS_MANAGE: 'BUCKETS_MANAGE',
  IDENTITY_READ: 'IDENTITY_READ',
  IDENTITY_MANAGE: 'IDENTITY_MANAGE',
  FULL: 'FULL',
} as const;
export type ApiScope = (typeof ApiScope)[keyof typeof ApiScope];

registerEnumType(ApiScope, {
  name: 'ApiScope',
  description: 'What an API key may be used for, as far as its user may.',
  valuesConfig: {
    OBJECTS_READ: { description: 'Listing buckets and objects, and reading objects with what belongs to them.' },
    OBJECTS_WRITE: { description: 'Writing, copying, tagging and deleting objects, and uploads.' },
    BUCKETS_MANAGE: { description: 'Creating and deleting buckets, and reading and changing their settings.' },
    IDENTITY_READ: { description: 'Reading tenants, users, groups, keys and policies.' },
    IDENTITY_MANAGE: { description: 'Everything that is no access to buckets and objects.' },
    FULL: { description: 'Everything that the user may do.' },
  },
});
