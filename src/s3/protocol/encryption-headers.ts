import { createHash, timingSafeEqual } from 'node:crypto';
import type { CustomerKey, EncryptionRequest, ObjectEncryption } from '../../operations/types.js';
import type { RequestHeaders } from './request-headers.js';
import { s3Error } from './s3-error.js';

const sse = 'x-amz-server-side-encryption';
const kmsKeyId = 'x-amz-server-side-encryption-aws-kms-key-id';
const customerPrefix = { target: `${sse}-customer-`, source: 'x-amz-copy-source-server-side-encryption-customer-' };

/** How the writer of an object wants it sealed. https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html */
export function readEncryption(headers: RequestHeaders): EncryptionRequest | undefined {
  const { values } = headers;
  const algorithm = values[sse];
  const customerAlgorithm = values[`${customerPrefix.target}algorithm`];
  if (algorithm === undefined && customerAlgorithm !== undefined && customerAlgorithm !== 'AES256') {
    return { algorithm: 'UNKNOWN', asked: customerAlgorithm, keyOf: 'CUSTOMER' };
  }
  const customerKey = readCustomerKey(headers);
  if (algorithm !== undefined && customerKey !== undefined) {
    throw invalid(
      'Server Side Encryption with Customer provided key is incompatible with the encryption method specified',
    );
  }
  if (customerKey !== undefined) {
    return { algorithm: 'SSE-C', customerKey };
  }
  if (values[kmsKeyId] !== undefined && algorithm !== 'aws:kms') {
    throw invalid(
      'Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms',
    );
  }
  switch (algorithm) {
    case undefined:
      return undefined;
    case 'AES256':
      return { algorithm };
    case 'aws:kms':
      return askedKey(values[kmsKeyId]);
    default:
      return { algorithm: 'UNKNOWN', asked: algorithm, keyOf: 'SERVER' };
  }
}

/**
 * The key of an object with SSE-C, or of the source of a copy. No part of it ever comes back in an error.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerSideEncryptionCustomerKeys.html
 */
export function readCustomerKey(
  { values }: RequestHeaders,
  of: keyof typeof customerPrefix = 'target',
): CustomerKey | undefined {
  const prefix = customerPrefix[of];
  const algorithm = values[`${prefix}algorithm`];
  const key = values[`${prefix}key`];
  const md5 = values[`${prefix}key-md5`];
  if (algorithm === undefined && key === undefined && md5 === undefined) {
    return undefined;
  }
  if (algorithm === undefined) {
    throw invalid(
      'Requests specifying Server Side Encryption with Customer provided keys must provide a valid encryption algorithm.',
    );
  }
  if (algorithm !== 'AES256') {
    throw s3Error('InvalidEncryptionAlgorithmError');
  }
  if (key === undefined || md5 === undefined) {
    throw invalid(
      'Requests specifying Server Side Encryption with Customer provided keys must provide an appropriate secret key.',
    );
  }
  return checkedKey(key, md5);
}

function checkedKey(text: string, md5: string): CustomerKey {
  const key = Buffer.from(text, 'base64');
  if (key.length !== 32 || !/^[A-Za-z0-9+/]{43}=$/.test(text)) {
    throw invalid('The secret key was invalid for the specified algorithm.');
  }
  const sent = Buffer.from(md5, 'base64');
  const computed = createHash('md5').update(key).digest();
  if (sent.length !== computed.length || !timingSafeEqual(sent, computed)) {
    throw invalid('The calculated MD5 hash of the key did not match the hash that was provided.');
  }
  return { key, md5: computed.toString('base64') };
}

/** What an answer says of how an object is sealed. */
export function encryptionHeaders(encryption: ObjectEncryption | null): string[] {
  switch (encryption?.algorithm) {
    case undefined:
      return [];
    case 'AES256':
      return [sse, 'AES256'];
    case 'aws:kms':
      return [sse, 'aws:kms', kmsKeyId, kmsKeyName(encryption)];
    case 'SSE-C':
      return [`${customerPrefix.target}algorithm`, 'AES256', `${customerPrefix.target}key-md5`, encryption.keyMd5];
    default:
      return encryption satisfies never;
  }
}

/** The key that a writer names by its ARN, its id, its name or an alias. */
export function askedKey(reference: string | undefined): Extract<EncryptionRequest, { algorithm: 'aws:kms' }> {
  const isOther = reference === undefined || reference === '' || /^(arn:|alias\/)/.test(reference);
  return { algorithm: 'aws:kms', keyId: reference, ...(isOther ? {} : { namedAs: reference }) };
}

/** A key in answers: by its ARN, as AWS does, or by its id or name where the writer used that. */
export function kmsKeyName({ keyId, namedAs }: { keyId: string; namedAs?: string }): string {
  return namedAs ?? `arn:aws:kms:::key/${keyId}`;
}

function invalid(message: string): Error {
  return s3Error('InvalidArgument', message);
}
