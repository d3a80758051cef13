import { GranaryError } from '../../errors.js';
import type { AskedAcl } from '../access/asked-acl.js';
import { isPermitted } from '../access/authorize.js';
import type { BucketState } from '../buckets/bucket-cache.js';
import type { RequestContext } from '../context.js';
import { accessLogLine } from '../reports/access-log-line.js';
import type { EncryptionRequest, WrittenObject } from '../types.js';
import { putObject } from './put-object.js';

export interface ObjectDelivery {
  target: BucketState;
  key: string;
  contentType: string;
  body: AsyncIterable<Uint8Array>;
  acl?: AskedAcl | undefined;
  encryption?: EncryptionRequest | undefined;
}

/**
 * Writes an object into a bucket in the name of one of S3's services, which its policy or list must let in, and into the
 * access log of that bucket. Nobody asks for it, so that a refusal is no denied request.
 */
export async function deliverObject(context: RequestContext, delivery: ObjectDelivery): Promise<WrittenObject> {
  const { target, key, contentType, body, acl, encryption } = delivery;
  const at = new Date();
  if (!(await isPermitted(context, { action: 's3:PutObject', bucket: target, key }))) {
    throw new GranaryError('Denied', `The bucket ${target.name} does not let this delivery in.`);
  }
  const written = await putObject(context, {
    ...{ bucket: target.name, tenant: target.tenantName, key, acl },
    body: { stream: body },
    attributes: { contentType },
    ...(encryption === undefined ? {} : { encryption }),
  });
  noteDelivery(context, { target, key, at, size: written.object.size });
  return written;
}

/** A delivery is a request to its target as any other: a bucket that logs to itself has one more line each time. */
function noteDelivery(
  { granary, caller, requestId }: RequestContext,
  { target, key, at, size }: { target: BucketState; key: string; at: Date; size: number },
): void {
  if (target.configuration.logging === undefined || caller.kind !== 'anonymous') {
    return;
  }
  const line = accessLogLine({
    ...{ bucketOwner: target.ownerCanonicalId, bucket: target.name, at, key, objectSize: size, status: 200 },
    ...{ requester: `svc:${caller.service}`, requestId, operation: 'REST.PUT.OBJECT' },
    totalMs: Date.now() - at.getTime(),
  });
  granary.accessLog.note(target.id, at, line);
}
