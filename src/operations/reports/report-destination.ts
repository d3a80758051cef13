import { GranaryError } from '../../errors.js';
import type { BucketState } from '../buckets/bucket-cache.js';
import type { RequestContext } from '../context.js';
import { isKeyPart, requireValid } from './configuration-filter.js';

/** Where reports about a bucket go. */
export interface ReportDestination {
  /** The name of a bucket of the same tenant. */
  bucket: string;
  /** The tenant, where the configuration names it. */
  accountId?: string;
  /** What the keys of reports begin with; a slash comes behind it. */
  prefix?: string;
}

/** So that what is written below it always has a key. */
const maxPrefixBytes = 512;

/** Throws unless reports about the source could go there. Whether they are let in is asked when they come. */
export async function checkDestination(
  { granary }: RequestContext,
  source: BucketState,
  { bucket, accountId, prefix = '' }: ReportDestination,
): Promise<void> {
  requireValid(
    isKeyPart(prefix) && Buffer.byteLength(prefix) <= maxPrefixBytes,
    ['destination', 'prefix'],
    `The prefix of the destination has at most ${maxPrefixBytes} bytes.`,
  );
  const isOwn = accountId === undefined || accountId === source.tenantName;
  if (!isOwn || (await granary.buckets.find(source.tenantName, bucket)) === undefined) {
    throw new GranaryError('InvalidInput', 'The destination is not a bucket of the same tenant.', {
      reason: 'InvalidS3DestinationBucket',
      field: ['destination', 'bucket'],
    });
  }
}
