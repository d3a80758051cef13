import { asking } from '../access/asking.js';
import { openBucket } from '../access/authorize.js';
import type { RequestContext } from '../context.js';
import type { BucketAddress } from '../types.js';

/**
 * Where a bucket's events are now, for who may watch them (`s3:ListBucket`, with the prefix): what is listed afterwards
 * has what came before, and watching after it tells the rest.
 */
export async function eventCursor(
  context: RequestContext,
  input: BucketAddress & { prefix?: string | undefined },
): Promise<string> {
  await openBucket(asking(context, { prefix: input.prefix ?? '' }), input, 's3:ListBucket');
  return String(await context.granary.events.newest());
}
