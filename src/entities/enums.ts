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

/** How an object is stored. */
export const StorageClass = { STANDARD: 'STANDARD' } as const;
export type StorageClass = (typeof StorageClass)[keyof typeof StorageClass];

registerEnumType(StorageClass, {
  name: 'StorageClass',
  description: 'How an object is stored.',
  valuesConfig: { STANDARD: { description: 'On the fast storage, readable at once.' } },
});

/** Where an object version is in its life. */
export const VersionState = { COMMITTED: 'COMMITTED', DELETING: 'DELETING', DELETED: 'DELETED' } as const;
export type VersionState = (typeof VersionState)[keyof typeof VersionState];

/** Where a blob is in its life. */
export const BlobState = { pending: 'pending', live: 'live', dead: 'dead' } as const;
export type BlobState = (typeof BlobState)[keyof typeof BlobState];

/** Where a multipart upload is in its life. */
export const UploadState = { OPEN: 'OPEN', COMPLETED: 'COMPLETED', ABORTED: 'ABORTED' } as const;
export type UploadState = (typeof UploadState)[keyof typeof UploadState];
