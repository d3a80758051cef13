import { noSuchBucket, resolveBucket } from '../operations/access/authorize.js';
import type { BucketAddress } from '../operations/types.js';
import { bucketAddress, type Exchange } from './exchange.js';
import { parseCopySource } from './protocol/copy-source.js';
import { s3Error } from './protocol/s3-error.js';

/**
 * Checks who owns the buckets of a request where the client says who should
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html). What AWS calls an account is a
 * tenant here; its name and the owner's canonical id are both right.
 */
export async function requireExpectedOwners(exchange: Exchange): Promise<void> {
  const { values } = exchange.request.headers;
  const owner = values['x-amz-expected-bucket-owner'];
  if (owner !== undefined) {
    await requireOwner(exchange, bucketAddress(exchange), owner);
  }
  const sourceOwner = values['x-amz-source-expected-bucket-owner'];
  const source = values['x-amz-copy-source'];
  if (sourceOwner !== undefined && source !== undefined) {
    await requireOwner(exchange, parseCopySource(source), sourceOwner);
  }
}

async function requireOwner(exchange: Exchange, address: BucketAddress, expected: string): Promise<void> {
  const bucket = await resolveBucket(exchange.context, address);
  if (expected !== bucket.ownerCanonicalId && expected !== bucket.tenantName) {
    // Who belongs to another tenant does not learn here that the bucket exists.
    const isOutsider = exchange.context.caller.tenantId !== bucket.tenantId;
    throw isOutsider ? noSuchBucket(address.bucket) : s3Error('AccessDenied');
  }
}
