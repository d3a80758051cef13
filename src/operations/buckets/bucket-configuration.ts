import type { Acl } from '../../auth/acl/acl.js';
import { statement } from '../../database/database.js';
import type { SharingRules } from '../../entities/tenant.js';
import { findBucket, isPermitted, openBucket } from '../access/authorize.js';
import type { RequestContext } from '../context.js';
import type { BucketNotifications } from '../notifications/notification-rules.js';
import type { BucketAddress, BucketInfo } from '../types.js';
import type { BucketState } from './bucket-cache.js';
import type { BucketLogging } from './bucket-logging.js';
import type { CorsRule } from './cors-rules.js';
import { changeBucket } from './update-bucket.js';
import type { WebsiteConfiguration } from './website.js';

/** Who owns what others write into a bucket. With BucketOwnerEnforced there are no access control lists. */
export type ObjectOwnership = 'BucketOwnerEnforced' | 'BucketOwnerPreferred' | 'ObjectWriter';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PublicAccessBlockConfiguration.html */
export interface PublicAccessBlock {
  blockPublicAcls: boolean;
  ignorePublicAcls: boolean;
  blockPublicPolicy: boolean;
  restrictPublicBuckets: boolean;
}

export type RequestPayer = 'BucketOwner' | 'Requester';

export type Acceleration = 'Enabled' | 'Suspended';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_BlockedEncryptionTypes.html */
export type BlockedEncryption = 'SSE-C' | 'NONE';

/** What S3 lets one configure of a bucket, where it has no column of its own. What is absent was never set. */
export interface BucketConfiguration {
  objectOwnership?: ObjectOwnership;
  publicAccessBlock?: PublicAccessBlock;
  cors?: CorsRule[];
  tags?: Record<string, string>;
  requestPayer?: RequestPayer;
  acceleration?: Acceleration;
  /** What nobody may seal new objects with. */
  blockedEncryption?: BlockedEncryption;
  /** Absent for the owner alone. */
  acl?: Acl;
  website?: WebsiteConfiguration;
  notifications?: BucketNotifications;
  logging?: BucketLogging;
  /** What may be shared by link. */
  sharing?: SharingRules;
}

const setConfiguration = statement(
  'set_bucket_configuration',
  `UPDATE bucket SET revision = revision + 1,
     configuration = CASE WHEN $2::jsonb ? 'value'
       THEN jsonb_set(configuration, ARRAY[$2::jsonb ->> 'name'], $2::jsonb -> 'value')
       ELSE configuration - ($2::jsonb ->> 'name') END
   WHERE id = $1 AND deleted_at IS NULL RETURNING id`,
);

/** What becomes of one part of a bucket's configuration. */
export interface ConfigurationChange<Name extends keyof BucketConfiguration> {
  action: string;
  name: Name;
  /** Undefined takes it away. */
  value: BucketConfiguration[Name] | undefined;
}

/** Sets or takes away one part of a bucket's configuration. */
export async function configureBucket<Name extends keyof BucketConfiguration>(
  context: RequestContext,
  address: BucketAddress,
  { action, name, value }: ConfigurationChange<Name>,
): Promise<BucketInfo> {
  return changeBucket(context, address, {
    action,
    change: setConfiguration,
    value: JSON.stringify({ name, value }),
    details: { [name]: value ?? null },
  });
}

/** The bucket's configuration, for who has the right to this action. */
export async function getConfiguration(
  context: RequestContext,
  address: BucketAddress,
  action: string,
): Promise<BucketConfiguration> {
  return (await openBucket(context, address, action)).configuration;
}

/** What a bucket that the caller was let see is configured to; null when the caller may not see this of it, or it is gone. */
export async function visibleConfiguration(
  context: RequestContext,
  address: BucketAddress,
  action: string,
): Promise<BucketState | null> {
  const bucket = await findBucket(context, address);
  return bucket !== undefined && (await isPermitted(context, { action, bucket })) ? bucket : null;
}
