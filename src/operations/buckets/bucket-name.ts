import { isIPv4 } from 'node:net';
import { GranaryError } from '../../errors.js';

const shape = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const reservedPrefixes = ['xn--', 'sthree-', 'amzn-s3-demo-'];
const reservedSuffixes = ['-s3alias', '--ol-s3', '.mrap', '--x-s3', '--table-s3'];

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
export function isBucketName(name: string): boolean {
  return (
    shape.test(name) &&
    !/\.\.|\.-|-\./.test(name) &&
    !isIPv4(name) &&
    !reservedPrefixes.some((prefix) => name.startsWith(prefix)) &&
    !reservedSuffixes.some((suffix) => name.endsWith(suffix))
  );
}

/** Throws `InvalidBucketName` unless the name follows S3's rules. */
export function validateBucketName(name: string): void {
  if (!isBucketName(name)) {
    throw new GranaryError(
      'InvalidInput',
      'A bucket name has 3 to 63 characters of a-z, 0-9, dots and hyphens, begins and ends with a letter or digit, ' +
        'and is not formatted as an IP address.',
      { reason: 'InvalidBucketName', field: ['bucket'], data: { BucketName: name } },
    );
  }
}
