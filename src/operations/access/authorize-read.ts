import type { BucketState } from '../buckets/bucket-cache.js';
import type { RequestContext } from '../context.js';
import type { ObjectAddress, ObjectInfo } from '../types.js';
import { denial, isPermitted, resolveBucket } from './authorize.js';

/** What may be read of an object that a list or a write has shown already. */
type Readable = 'content' | 'tags';

const actions = {
  content: { latest: 's3:GetObject', version: 's3:GetObjectVersion' },
  tags: { latest: 's3:GetObjectTagging', version: 's3:GetObjectVersionTagging' },
} as const;

/**
 * Throws `AccessDenied` unless the caller may read this of the object: who may list a bucket, or write to it, may not
 * therefore read what is in it. The latest version is read as by its key, any other one as by its id. `named` says
 * whether the caller may name the version, and not only read whatever is the latest.
 */
export async function authorizeRead(
  context: RequestContext,
  { address, object, what }: { address: ObjectAddress; object: Pick<ObjectInfo, 'isLatest'>; what: Readable },
): Promise<{ bucket: BucketState; named: boolean }> {
  const bucket = await resolveBucket(context, address);
  const { latest, version } = actions[what];
  const may = (action: string) => isPermitted(context, { action, bucket, key: address.key });
  const named = await may(version);
  if (!(object.isLatest ? await may(latest) : named)) {
    throw await denial(context, { action: latest, bucket, key: address.key });
  }
  return { bucket, named };
}
