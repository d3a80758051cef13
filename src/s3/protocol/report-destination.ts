import type { ReportDestination } from '../../operations/reports/report-destination.js';
import { s3Error } from './s3-error.js';
import type { XmlElement } from './xml-reader.js';

const bucketArn = /^arn:aws:s3:::([^/]+)$/;

/** The `Destination` of reports, of which S3 knows one kind: a bucket. */
export function destinationIn(parent: XmlElement): XmlElement {
  const destination = parent.children('Destination')[0]?.children('S3BucketDestination')[0];
  if (destination === undefined) {
    throw s3Error('MalformedXML');
  }
  return destination;
}

/** Which bucket, and where in it. `account` is the name that the element has for it. */
export function parseDestination(destination: XmlElement, account: 'AccountId' | 'BucketAccountId'): ReportDestination {
  const [, bucket] = bucketArn.exec(destination.requiredText('Bucket').trim()) ?? [];
  if (bucket === undefined) {
    throw s3Error('InvalidS3DestinationBucket', 'The destination is not the ARN of a bucket.');
  }
  const accountId = destination.text(account)?.trim() || undefined;
  const prefix = destination.text('Prefix') || undefined;
  return { bucket, ...(accountId === undefined ? {} : { accountId }), ...(prefix === undefined ? {} : { prefix }) };
}
