import { getBucketEncryption as get } from '../../operations/buckets/set-bucket-encryption.js';
import { type Answer, bucketAddress, type Exchange, xmlAnswer } from '../exchange.js';
import { kmsKeyName } from '../protocol/encryption-headers.js';
import { element, s3Document } from '../protocol/xml-writer.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketEncryption.html */
export async function getBucketEncryption(exchange: Exchange): Promise<Answer> {
  const encryption = await get(exchange.context, bucketAddress(exchange));
  const keyId = encryption.algorithm === 'aws:kms' ? kmsKeyName(encryption) : undefined;
  return xmlAnswer(
    s3Document('ServerSideEncryptionConfiguration', [
      element('Rule', [
        element('ApplyServerSideEncryptionByDefault', [
          element('SSEAlgorithm', encryption.algorithm),
          element('KMSMasterKeyID', keyId),
        ]),
        element('BucketKeyEnabled', String(encryption.bucketKeyEnabled ?? false)),
      ]),
    ]),
  );
}
