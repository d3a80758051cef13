import type { BlockedEncryption } from '../../operations/buckets/bucket-configuration.js';
import { type SetBucketEncryptionInput, setBucketEncryption } from '../../operations/buckets/set-bucket-encryption.js';
import type { BucketEncryptionRequest } from '../../operations/types.js';
import { type Answer, bucketAddress, type Exchange, emptyAnswer } from '../exchange.js';
import { readDocument } from '../incoming-body.js';
import { askedKey } from '../protocol/encryption-headers.js';
import { s3Error } from '../protocol/s3-error.js';
import { parseXml, type XmlElement } from '../protocol/xml-reader.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketEncryption.html */
export async function putBucketEncryption(exchange: Exchange): Promise<Answer> {
  const wanted = parseRule(await readDocument(exchange));
  await setBucketEncryption(exchange.context, { ...bucketAddress(exchange), ...wanted, keys: 'UNCHECKED' });
  return emptyAnswer([], 200);
}

function parseRule(body: Buffer): Pick<SetBucketEncryptionInput, 'encryption' | 'bucketKeyEnabled' | 'blocked'> {
  const [rule, ...more] = parseXml(body, 'ServerSideEncryptionConfiguration').children('Rule');
  if (rule === undefined || more.length > 0) {
    throw s3Error('MalformedXML');
  }
  const blocked = parseBlocked(rule);
  const bucketKeyEnabled = rule.flag('BucketKeyEnabled');
  const [byDefault] = rule.children('ApplyServerSideEncryptionByDefault');
  if (byDefault !== undefined) {
    return { encryption: parseAlgorithm(byDefault), bucketKeyEnabled, blocked };
  }
  if (blocked === null || bucketKeyEnabled) {
    throw s3Error('MalformedXML');
  }
  return { encryption: null, bucketKeyEnabled, blocked };
}

/** One of the two: `NONE` beside another type would say both. Null where the rule says nothing, which replaces the one before. */
function parseBlocked(rule: XmlElement): BlockedEncryption | null {
  const [blocked] = rule.children('BlockedEncryptionTypes');
  if (blocked === undefined) {
    return null;
  }
  const [type, ...others] = new Set(blocked.children('EncryptionType').map((each) => each.ownText().trim()));
  if ((type !== 'SSE-C' && type !== 'NONE') || others.length > 0) {
    throw s3Error('MalformedXML');
  }
  return type;
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
