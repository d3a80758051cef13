import type { Grant } from '../../auth/acl/acl.js';
import { GranaryError } from '../../errors.js';
import { usesAcls } from '../access/acl-access.js';
import { isPermitted } from '../access/authorize.js';
import { deliveryContext } from '../access/service-delivery.js';
import type { Granary, RequestContext } from '../context.js';
import type { BucketState } from './bucket-cache.js';

/** The keys of log objects: a plain name, or folders by source and day, of the requests or of the delivery. */
export const logKeyFormats = ['Simple', 'EventTime', 'DeliveryTime'] as const;
export type LogKeyFormat = (typeof logKeyFormats)[number];

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_LoggingEnabled.html */
export interface BucketLogging {
  /** A bucket of the same tenant. */
  targetBucket: string;
  targetPrefix: string;
  keyFormat: LogKeyFormat;
  /** What others may do with log objects, where the target's lists count. */
  grants: readonly Grant[];
}

const service = 'logging.s3.amazonaws.com';

/** The delivery of a bucket's access log, as its target sees it. */
export function logDelivery(granary: Granary, source: BucketState, requestId: string): RequestContext {
  return deliveryContext(granary, { service, source, requestId });
}

/** Throws unless logs of the source can go to the target, as S3 has it. */
export async function requireLogTarget(
  context: RequestContext,
  source: BucketState,
  { targetBucket, targetPrefix }: BucketLogging,
): Promise<BucketState> {
  const { granary } = context;
  const target = await granary.buckets.find(source.tenantName, targetBucket);
  if (target === undefined) {
    throw invalidTarget('The target bucket for logging does not exist, or is not of the same tenant.', targetBucket);
  }
  if (target.configuration.requestPayer === 'Requester') {
    throw invalidTarget('The target bucket for logging must not be a Requester Pays bucket.', targetBucket);
  }
  if (target.objectLock?.default) {
    throw invalidTarget('The target bucket for logging must not have a default retention.', targetBucket);
  }
  const delivery = logDelivery(granary, source, context.requestId);
  // S3 itself does not look at the policy here; a prefix without an asterisk in a policy is meant for what is below it.
  for (const key of [`${targetPrefix}0`, targetPrefix]) {
    if (key !== '' && (await isPermitted(delivery, { action: 's3:PutObject', bucket: target, key }))) {
      return target;
    }
  }
  if (usesAcls(target)) {
    throw invalidTarget(
      'You must give the log-delivery group WRITE and READ_ACP permissions to the target bucket.',
      targetBucket,
    );
  }
  throw new GranaryError('Denied', `The policy of the target bucket does not let ${service} write there.`, {
    reason: 'AccessDenied',
  });
}

/** The key of a log object that is delivered now, `day` being that of its records where the format goes by it. */
export function logObjectKey(
  { source, region, unique }: { source: BucketState; region: string; unique: string },
  { targetPrefix, keyFormat }: BucketLogging,
  { now, day }: { now: Date; day: string | null },
): string {
  const time = day === null ? now.toISOString() : `${day}T00:00:00Z`;
  const stamp = time.slice(0, 19).replaceAll(/[T:]/g, '-');
  const name = `${stamp}-${unique}`;
  if (keyFormat === 'Simple') {
    return `${targetPrefix}${name}`;
  }
  const date = stamp.slice(0, 10).replaceAll('-', '/');
  return `${targetPrefix}${source.tenantName}/${source.region || region}/${source.name}/${date}/${name}`;
}

function invalidTarget(message: string, bucket: string): GranaryError {
  return new GranaryError('InvalidInput', message, {
    reason: 'InvalidTargetBucketForLogging',
    field: ['logging', 'targetBucket'],
    data: { TargetBucket: bucket },
  });
}
