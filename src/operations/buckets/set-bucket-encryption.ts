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
import { changeBucket } from './update-bucket.js';

const setEncryption = statement(
  'set_bucket_encryption',
  'UPDATE bucket SET encryption = $2, revision = revision + 1 WHERE id = $1 AND deleted_at IS NULL RETURNING id',
);

const action = 's3:PutEncryptionConfiguration';

export interface SetBucketEncryptionInput extends BucketAddress {
  /** Null takes the server's own again. */
  encryption: BucketEncryptionRequest | null;
  /** As in S3, a key may be named that cannot be used yet: then writes fail until it can. Else it is refused here. */
  keys?: 'UNCHECKED';
}

/** Decides how objects are sealed whose writer asks for nothing. What is in the bucket stays as it is. */
export async function setBucketEncryption(
  context: RequestContext,
  { encryption: asked, keys, ...address }: SetBucketEncryptionInput,
): Promise<BucketInfo> {
  const bucket = await openBucket(context, address, action);
  const decided = asked === null ? null : await decide(context, bucket, { asked, keys });
  const encryption = decided && { ...decided, ...(asked?.bucketKeyEnabled ? { bucketKeyEnabled: true } : {}) };
  return changeBucket(context, address, {
    action,
    change: setEncryption,
    value: encryption === null ? null : JSON.stringify(encryption),
    details: { encryption },
  });
}

/** How objects are sealed whose writer asks for nothing; throws when they are stored in the clear. */
export async function getBucketEncryption(context: RequestContext, address: BucketAddress): Promise<BucketEncryption> {
  const bucket = await openBucket(context, address, 's3:GetEncryptionConfiguration');
  if (bucket.encryption === null && context.granary.settings.encryption === 'off') {
    throw new GranaryError('NotFound', 'The server side encryption configuration was not found', {
      reason: 'ServerSideEncryptionConfigurationNotFoundError',
    });
  }
  return bucket.encryption ?? { algorithm: 'AES256' };
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
