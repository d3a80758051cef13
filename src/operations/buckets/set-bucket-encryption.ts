import { statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import { openBucket } from '../access/authorize.js';
import type { RequestContext } from '../context.js';
import { findEncryptionKey, keyReference } from '../encryption/encryption-keys.js';
import { encryptionOf } from '../encryption/seal-content.js';
import type {
  BucketAddress,
  BucketEncryption,
  BucketEncryptionRequest,
  BucketInfo,
  ObjectEncryption,
} from '../types.js';
import type { BucketState } from './bucket-cache.js';
import { type BlockedEncryption, visibleConfiguration } from './bucket-configuration.js';
import { changeBucket } from './update-bucket.js';

const setEncryption = statement(
  'set_bucket_encryption',
  `UPDATE bucket SET revision = revision + 1,
     encryption = (CASE WHEN $2::jsonb ? 'encryption' THEN NULLIF($2::jsonb -> 'encryption', 'null') ELSE encryption END)
       - 'bucketKeyEnabled'
       || CASE WHEN COALESCE(($2::jsonb ->> 'bucketKeyEnabled')::boolean, encryption ? 'bucketKeyEnabled')
         THEN '{"bucketKeyEnabled": true}'::jsonb ELSE '{}' END,
     configuration = CASE WHEN $2::jsonb -> 'blocked' = 'null' THEN configuration - 'blockedEncryption'
       WHEN $2::jsonb ? 'blocked' THEN jsonb_set(configuration, '{blockedEncryption}', $2::jsonb -> 'blocked')
       ELSE configuration END
   WHERE id = $1 AND deleted_at IS NULL RETURNING id`,
);

const action = 's3:PutEncryptionConfiguration';
const getAction = 's3:GetEncryptionConfiguration';

export interface SetBucketEncryptionInput extends BucketAddress {
  /** Null takes the server's own again; stays as it is when absent. */
  encryption?: BucketEncryptionRequest | null | undefined;
  /** S3's BucketKeyEnabled: kept and shown beside an encryption. Stays as it is when absent. */
  bucketKeyEnabled?: boolean | undefined;
  /** What nobody may seal new objects with; null as before it was ever set. Stays as it is when absent. */
  blocked?: BlockedEncryption | null | undefined;
  /** As in S3, a key may be named that cannot be used yet: then writes fail until it can. Else it is refused here. */
  keys?: 'UNCHECKED';
}

/**
 * Decides how objects are sealed whose writer asks for nothing, and what no writer may ask for. What is in the bucket
 * stays as it is, and so does what the input does not name.
 */
export async function setBucketEncryption(
  context: RequestContext,
  { encryption: asked, bucketKeyEnabled, blocked, keys, ...address }: SetBucketEncryptionInput,
): Promise<BucketInfo> {
  const bucket = await openBucket(context, address, action);
  const encryption = asked && (await decide(context, bucket, { asked, keys }));
  const wanted = { encryption, bucketKeyEnabled, blocked };
  return changeBucket(context, address, {
    action,
    change: setEncryption,
    value: JSON.stringify(wanted),
    details: wanted,
  });
}

/**
 * How objects are sealed whose writer asks for nothing, null for not at all, and what no writer may ask for. Throws when
 * there is nothing to tell.
 */
export async function getBucketEncryption(
  context: RequestContext,
  address: BucketAddress,
): Promise<{ encryption: BucketEncryption | null; blocked: BlockedEncryption | undefined }> {
  const bucket = await openBucket(context, address, getAction);
  const blocked = bucket.configuration.blockedEncryption;
  const byServer = context.granary.settings.encryption === 'off' ? null : { algorithm: 'AES256' as const };
  const encryption = bucket.encryption ?? byServer;
  if (encryption === null && blocked === undefined) {
    throw new GranaryError('NotFound', 'The server side encryption configuration was not found', {
      reason: 'ServerSideEncryptionConfigurationNotFoundError',
    });
  }
  return { encryption, blocked };
}

/** What nobody may seal new objects with; null when the caller may not see that. */
export async function visibleBlockedEncryption(
  context: RequestContext,
  address: BucketAddress,
): Promise<BlockedEncryption | null> {
  const bucket = await visibleConfiguration(context, address, getAction);
  return bucket && (bucket.configuration.blockedEncryption ?? 'NONE');
}

async function decide(
  { granary }: RequestContext,
  bucket: BucketState,
  { asked, keys }: { asked: BucketEncryptionRequest; keys: 'UNCHECKED' | undefined },
): Promise<ObjectEncryption | null> {
  if (keys === 'UNCHECKED' && asked.algorithm === 'aws:kms' && asked.keyId !== undefined) {
    const keyId = await findEncryptionKey(granary, bucket.tenantId, asked.keyId);
    const named = asked.namedAs === undefined ? {} : { namedAs: asked.namedAs };
    return { algorithm: asked.algorithm, keyId: keyId ?? keyReference(asked.keyId), ...named };
  }
  return encryptionOf(granary, bucket, asked);
}
