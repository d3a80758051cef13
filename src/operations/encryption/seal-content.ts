import { isSameKey, type KeyWrapper, type NewDataKey, wrapperOf } from '../../auth/data-keys.js';
import { GranaryError } from '../../errors.js';
import type { Seal } from '../../storage/blob-store.js';
import type { BucketState } from '../buckets/bucket-cache.js';
import type { Granary } from '../context.js';
import type { CustomerKey, EncryptionRequest, ObjectEncryption, UnknownEncryption } from '../types.js';
import { defaultEncryptionKey, requireEncryptionKey } from './encryption-keys.js';

/** A decision for bytes in the clear, whatever the bucket or the server would decide now. */
export interface InTheClear {
  algorithm: 'NONE';
}

/** How new content is to be sealed, decided before its first byte. */
export interface Protection {
  /** Null stores it in the clear. */
  dataKey: NewDataKey | null;
  /** What the version's row says. */
  encryption: ObjectEncryption | null;
  /** Equal bytes are shared only where this is equal; null for bytes that are shared with nobody. */
  domain: string | null;
}

/** Decides by what the writer asks for, else by the bucket's setting, else by the server's. */
export async function protect(
  granary: Granary,
  bucket: Pick<BucketState, 'tenantId' | 'encryption' | 'configuration'>,
  asked: EncryptionRequest | InTheClear | undefined,
): Promise<Protection> {
  const request = asked ?? bucket.encryption ?? (granary.settings.encryption === 'on' ? { algorithm: 'AES256' } : null);
  if (request === null || request.algorithm === 'NONE') {
    return { dataKey: null, encryption: null, domain: '' };
  }
  switch (request.algorithm) {
    case 'AES256':
      return {
        dataKey: granary.dataKeys.create({ kind: 'master' }),
        encryption: { algorithm: 'AES256' },
        domain: '/sealed',
      };
    case 'aws:kms':
      return protectByNamedKey(granary, bucket, request);
    case 'SSE-C': {
      refuseBlocked(bucket, request);
      const { key, md5 } = request.customerKey;
      const dataKey = granary.dataKeys.create({ kind: 'customer', key });
      return { dataKey, encryption: { algorithm: 'SSE-C', keyMd5: md5 }, domain: null };
    }
    case 'UNKNOWN':
      throw unknownEncryption(request);
    default:
      return request satisfies never;
  }
}

/** Throws AccessDenied when the bucket takes nothing that is sealed in this way. */
export function refuseBlocked(
  { configuration }: Pick<BucketState, 'configuration'>,
  encryption: Pick<ObjectEncryption, 'algorithm'> | null,
): void {
  if (encryption?.algorithm === 'SSE-C' && configuration.blockedEncryption === 'SSE-C') {
    throw new GranaryError('Denied', 'The bucket takes no objects that are sealed with a key of the client (SSE-C).', {
      reason: 'AccessDenied',
    });
  }
}

/** What {@link protect} would decide, without a key: for an upload whose parts come later. */
export async function encryptionOf(
  granary: Granary,
  bucket: Pick<BucketState, 'tenantId' | 'encryption' | 'configuration'>,
  asked: EncryptionRequest | undefined,
): Promise<ObjectEncryption | null> {
  return (await protect(granary, bucket, asked)).encryption;
}

function unknownEncryption({ asked, keyOf }: UnknownEncryption): GranaryError {
  return keyOf === 'CUSTOMER'
    ? new GranaryError(
        'InvalidInput',
        'The encryption request that you specified is not valid. The valid value is AES256.',
        { reason: 'InvalidEncryptionAlgorithmError' },
      )
    : new GranaryError('InvalidInput', 'The encryption method specified is not supported', {
        reason: 'InvalidArgument',
        data: { ArgumentName: 'x-amz-server-side-encryption', ArgumentValue: asked },
      });
}

async function protectByNamedKey(
  granary: Granary,
  bucket: Pick<BucketState, 'tenantId'>,
  { keyId, namedAs }: { keyId?: string | undefined; namedAs?: string | undefined },
): Promise<Protection> {
  const named =
    keyId === undefined
      ? await defaultEncryptionKey(granary, bucket.tenantId)
      : await requireEncryptionKey(granary, bucket.tenantId, keyId);
  return {
    dataKey: granary.dataKeys.create({ kind: 'named', id: named.id, key: named.key }),
    encryption: { algorithm: 'aws:kms', keyId: named.id, ...(namedAs === undefined ? {} : { namedAs }) },
    domain: `/kms:${named.id}`,
  };
}

/** A blob's row, as far as its seal goes. */
export interface SealedRow {
  wrappedKey: Buffer | null;
}

/** Opens the data key of a stored blob; null for bytes in the clear. The customer key was checked before. */
export async function unseal(
  granary: Granary,
  { wrappedKey }: SealedRow,
  customerKey: CustomerKey | undefined,
): Promise<Seal | null> {
  return wrappedKey === null
    ? null
    : granary.dataKeys.unwrap(wrappedKey, await wrapperFor(granary, wrappedKey, customerKey));
}

async function wrapperFor(
  granary: Granary,
  wrappedKey: Buffer,
  customerKey: CustomerKey | undefined,
): Promise<KeyWrapper> {
  const wrapper = wrapperOf(wrappedKey);
  switch (wrapper.kind) {
    case 'master':
      return { kind: 'master' };
    case 'named': {
      const named = await granary.namedKeys.find(wrapper.id);
      if (named === undefined || !named.enabled) {
        throw new GranaryError('Denied', 'The encryption key of the object is disabled.', {
          reason: 'KMS.DisabledException',
        });
      }
      return { kind: 'named', id: named.id, key: named.key };
    }
    case 'customer':
      if (customerKey === undefined) {
        throw customerKeyNeeded();
      }
      return { kind: 'customer', key: customerKey.key };
    default:
      return wrapper satisfies never;
  }
}

/**
 * Refuses a reader who has not given the key of an SSE-C object, or another one, or one where none belongs.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerSideEncryptionCustomerKeys.html
 */
export function checkCustomerKey(encryption: ObjectEncryption | null, given: CustomerKey | undefined): void {
  if (encryption?.algorithm !== 'SSE-C') {
    if (given !== undefined) {
      throw new GranaryError('InvalidInput', 'The encryption parameters are not applicable to this object.', {
        reason: 'InvalidRequest',
      });
    }
    return;
  }
  if (given === undefined) {
    throw customerKeyNeeded();
  }
  if (!isSameKey(Buffer.from(given.md5), Buffer.from(encryption.keyMd5))) {
    throw new GranaryError(
      'InvalidInput',
      'The provided encryption parameters did not match the ones used originally.',
      { reason: 'InvalidRequest' },
    );
  }
}

function customerKeyNeeded(): GranaryError {
  return new GranaryError(
    'InvalidInput',
    'The object was stored using a form of Server Side Encryption. ' +
      'The correct parameters must be provided to retrieve the object.',
    { reason: 'InvalidRequest' },
  );
}
