import { setBucketEncryption } from '../../operations/buckets/set-bucket-encryption.js';
import type { BucketEncryptionRequest } from '../../operations/types.js';
import { type Answer, bucketAddress, type Exchange, emptyAnswer } from '../exchange.js';
import { readDocument } from '../incoming-body.js';
import { askedKey } from '../protocol/encryption-headers.js';
import { s3Error } from '../protocol/s3-error.js';
import { parseXml, type XmlElement } from '../protocol/xml-reader.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketEncryption.html */
export async function putBucketEncryption(exchange: Exchange): Promise<Answer> {
  const encryption = parseDefault(await readDocument(exchange));
  await setBucketEncryption(exchange.context, { ...bucketAddress(exchange), encryption, keys: 'UNCHECKED' });
  return emptyAnswer([], 200);
}

function parseDefault(body: Buffer): BucketEncryptionRequest {
  const [rule, ...more] = parseXml(body, 'ServerSideEncryptionConfiguration').children('Rule');
  const [byDefault] = rule?.children('ApplyServerSideEncryptionByDefault') ?? [];
  if (rule === undefined || byDefault === undefined || more.length > 0) {
    throw s3Error('MalformedXML');
  }
  return { ...parseAlgorithm(byDefault), ...(rule.flag('BucketKeyEnabled') ? { bucketKeyEnabled: true } : {}) };
}

function parseAlgorithm(byDefault: XmlElement): BucketEncryptionRequest {
  const keyId = byDefault.text('KMSMasterKeyID')?.trim();
  switch (byDefault.requiredText('SSEAlgorithm').trim()) {
    case 'AES256':
      if (keyId !== undefined) {
        throw s3Error(
          'InvalidArgument',
          'a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms',
        );
      }
      return { algorithm: 'AES256' };
    case 'aws:kms':
      if (keyId !== undefined && (keyId === '' || keyId.length > 2048)) {
        throw s3Error('InvalidArgument', 'a KMSMasterKeyID has 1 to 2048 characters');
      }
      return askedKey(keyId);
    default:
      throw s3Error('MalformedXML');
  }
}
