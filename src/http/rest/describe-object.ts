import { readingRight } from '../../operations/access/authorize-read.js';
import type { RequestContext } from '../../operations/context.js';
import type { ObjectAddress, ObjectInfo } from '../../operations/types.js';
import { toGlobalId } from '../../wire/global-id.js';

/** An object as lists show it. */
export function summaryOf(object: ObjectInfo, bucket: string): object {
  const { id, key, versionId, isLatest, size, contentType, etag, storageClass, createdAt } = object;
  return {
    id: toGlobalId('StoredObject', id),
    ...{ bucket, key, versionId, isLatest, size, contentType, etag, storageClass },
    createdAt: createdAt.toISOString(),
  };
}

/** An object with all that is known of it, for who may read it. */
export async function detailsOf(context: RequestContext, address: ObjectAddress, object: ObjectInfo): Promise<object> {
  return {
    ...summaryOf(object, address.bucket),
    sha256: object.sha256?.toString('hex') ?? null,
    metadata: object.metadata,
    tags: (await readingRight(context, { address, object, what: 'tags' })) === undefined ? null : object.tags,
  };
}
