import { AccessKey } from './access-key.js';
import { Blob } from './blob.js';
import { BlobCopy } from './blob-copy.js';
import { Bucket } from './bucket.js';
import { BucketUsage } from './bucket-usage.js';
import { EncryptionKey } from './encryption-key.js';
import { Event } from './event.js';
import { Installation } from './installation.js';
import { LifecycleRound } from './lifecycle-round.js';
import { ObjectVersion } from './object-version.js';
import { RefreshToken } from './refresh-token.js';
import { ReplicationTarget } from './replication-target.js';
import { ReplicationTask } from './replication-task.js';
import { ScrubRound } from './scrub-round.js';
import { SigningKey } from './signing-key.js';
import { Tenant } from './tenant.js';
import { Upload } from './upload.js';
import { UploadPart } from './upload-part.js';
import { User } from './user.js';
import { VersionPart } from './version-part.js';

/** Every entity, for the ORM's discovery. */
export const entities = [
  Tenant,
  User,
  AccessKey,
  RefreshToken,
  SigningKey,
  Bucket,
  BucketUsage,
  Blob,
  BlobCopy,
  EncryptionKey,
  ObjectVersion,
  VersionPart,
  Upload,
  UploadPart,
  Event,
  ReplicationTarget,
  ReplicationTask,
  ScrubRound,
  LifecycleRound,
  Installation,
];

export {
  AccessKey,
  Blob,
  Bucket,
  BucketUsage,
  EncryptionKey,
  Event,
  ObjectVersion,
  RefreshToken,
  SigningKey,
  Tenant,
  Upload,
  UploadPart,
  User,
  VersionPart,
};
