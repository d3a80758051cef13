import type { PublicAccessBlock } from '../../operations/buckets/bucket-configuration.js';
import { s3Error } from './s3-error.js';
import { parseXml } from './xml-reader.js';
import { element, s3Document } from './xml-writer.js';

const fields = [
  ['BlockPublicAcls', 'blockPublicAcls'],
  ['IgnorePublicAcls', 'ignorePublicAcls'],
  ['BlockPublicPolicy', 'blockPublicPolicy'],
  ['RestrictPublicBuckets', 'restrictPublicBuckets'],
] as const;

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutPublicAccessBlock.html ; what is not said is false. */
export function parsePublicAccessBlock(body: Buffer): PublicAccessBlock {
  const root = parseXml(body, 'PublicAccessBlockConfiguration');
  const known = new Set<string>(fields.map(([name]) => name));
  if (root.names().some((name) => !known.has(name))) {
    throw s3Error('MalformedXML');
  }
  return {
    blockPublicAcls: root.flag('BlockPublicAcls'),
    ignorePublicAcls: root.flag('IgnorePublicAcls'),
    blockPublicPolicy: root.flag('BlockPublicPolicy'),
    restrictPublicBuckets: root.flag('RestrictPublicBuckets'),
  };
}

/** The answer to GetPublicAccessBlock. */
export function formatPublicAccessBlock(block: PublicAccessBlock): string {
  return s3Document(
    'PublicAccessBlockConfiguration',
    fields.map(([name, field]) => element(name, block[field])),
  );
}
