import { getBucketEncryption as get } from '../../operations/buckets/set-bucket-encryption.js';
import type { BucketEncryption } from '../../operations/types.js';
import { type Answer, bucketAddress, type Exchange, xmlAnswer } from '../exchange.js';
import { kmsKeyName } from '../protocol/encryption-headers.js';
import { element, s3Document, type Xml } from '../protocol/xml-writer.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketEncryption.html */
export async function getBucketEncryption(exchange: Exchange): Promise<Answer> {
  const { encryption, blocked } = await get(exchange.context, bucketAddress(exchange));
  return xmlAnswer(
    s3Document('ServerSideEncryptionConfiguration', [
      element('Rule', [
        ...(encryption === null ? [] : defaultElements(encryption)),
        ...(blocked === undefined ? [] : [element('BlockedEncryptionTypes', [element('EncryptionType', blocked)])]),
      ]),
    ]),
  );
}

function defaultElements(encryption: BucketEncryption): (Xml | undefined)[] {
  return [
    element('ApplyServerSideEncryptionByDefault', [
      element('SSEAlgorithm', encryption.algorithm),
      element('KMSMasterKeyID', encryption.algorithm === 'aws:kms' ? kmsKeyName(encryption) : undefined),
    ]),
    element('BucketKeyEnabled', String(encryption.bucketKeyEnabled ?? false)),
  ];
}
