import type { BucketLogging, LogKeyFormat } from '../../operations/buckets/bucket-logging.js';
import type { LoggingInput } from '../../operations/buckets/set-bucket-logging.js';
import { grantElement, parseGrant } from './acl.js';
import { s3Error } from './s3-error.js';
import { oneOfTexts, parseXml, type XmlElement } from './xml-reader.js';
import { element, s3Document, type Xml } from './xml-writer.js';

/** The document of https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLogging.html ; null for no logging. */
export function parseLogging(body: Buffer): LoggingInput | null {
  const [enabled, ...more] = parseXml(body, 'BucketLoggingStatus').children('LoggingEnabled');
  if (enabled === undefined) {
    return null;
  }
  if (more.length > 0) {
    throw s3Error('MalformedXML');
  }
  const [format] = enabled.children('TargetObjectKeyFormat');
  return {
    targetBucket: enabled.requiredText('TargetBucket').trim(),
    // The prefix must be there, and may be empty.
    targetPrefix: required(enabled.text('TargetPrefix')),
    keyFormat: format === undefined ? 'Simple' : parseFormat(format),
    grants: enabled.children('TargetGrants').flatMap((list) => list.children('Grant').map(parseGrant)),
  };
}

/** The answer to GetBucketLogging. */
export function formatLogging(logging: BucketLogging | null): string {
  return s3Document('BucketLoggingStatus', [
    logging === null
      ? undefined
      : element('LoggingEnabled', [
          element('TargetBucket', logging.targetBucket),
          logging.grants.length === 0 ? undefined : element('TargetGrants', logging.grants.map(grantElement)),
          element('TargetPrefix', logging.targetPrefix),
          element('TargetObjectKeyFormat', [formatElement(logging.keyFormat)]),
        ]),
  ]);
}

function parseFormat(format: XmlElement): LogKeyFormat {
  const [partitioned] = format.children('PartitionedPrefix');
  const isSimple = format.children('SimplePrefix').length > 0;
  if (isSimple === (partitioned !== undefined)) {
    throw s3Error('MalformedXML');
  }
  // Left out, it is the time of the delivery, as in S3.
  return partitioned === undefined
    ? 'Simple'
    : partitioned.text('PartitionDateSource') === undefined
      ? 'DeliveryTime'
      : oneOfTexts(partitioned, 'PartitionDateSource', ['EventTime', 'DeliveryTime']);
}

function formatElement(format: LogKeyFormat): Xml | undefined {
  return format === 'Simple'
    ? element('SimplePrefix', '')
    : element('PartitionedPrefix', [element('PartitionDateSource', format)]);
}

function required(text: string | undefined): string {
  if (text === undefined) {
    throw s3Error('MalformedXML');
  }
  return text;
}
