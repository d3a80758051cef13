import { isGranaryError } from '../../errors.js';
import type { BucketState } from '../buckets/bucket-cache.js';
import type { RequestContext } from '../context.js';
import type { ObjectAddress, ObjectInfo } from '../types.js';
import { loadStoredAcls, type StoredAcl } from './acl-access.js';
import { asking } from './asking.js';
import { denial, isPermitted, resolveBucket } from './authorize.js';

/** What may be read of an object that a list or a write has shown already. */
type Readable = 'content' | 'tags';

const actions = {
  content: { latest: 's3:GetObject', version: 's3:GetObjectVersion' },
  tags: { latest: 's3:GetObjectTagging', version: 's3:GetObjectVersionTagging' },
} as const;

/** An object that the caller was let see; with its tags, where they are known, policies need not look for them. */
interface Asked {
  address: ObjectAddress;
  object: Pick<ObjectInfo, 'id' | 'versionId' | 'isLatest'> & Partial<Pick<ObjectInfo, 'tags'>>;
  what: Readable;
  /** Its access control list, for who reads those of many at once; it is read by itself otherwise. */
  storedAcl?: () => Promise<StoredAcl | null>;
}

/** `named` says whether the caller may name the version, and not only read whatever is the latest. */
interface ReadingRight {
  bucket: BucketState;
  named: boolean;
}

/**
 * Throws `AccessDenied` unless the caller may read this of the object: who may list a bucket, or write to it, may not
 * therefore read what is in it. The latest version is read as by its key, any other one as by its id. It is the list of
 * this very version that counts, in the trash as well.
 */
export async function authorizeRead(context: RequestContext, asked: Asked): Promise<ReadingRight> {
  const bucket = await resolveBucket(context, asked.address);
  const right = await rightTo(context, bucket, asked);
  if (right === undefined) {
    throw await denial(context, { action: actions[asked.what].latest, bucket, key: asked.address.key });
  }
  return right;
}

/** As {@link authorizeRead}; undefined, without a trace in the log, for who may not read it or whose bucket is gone. */
export async function readingRight(context: RequestContext, asked: Asked): Promise<ReadingRight | undefined> {
  try {
    return await rightTo(context, await resolveBucket(context, asked.address), asked);
  } catch (error) {
    if (isGranaryError(error, 'NotFound')) {
      return undefined;
    }
    throw error;
  }
}

async function rightTo(
  context: RequestContext,
  bucket: BucketState,
  { address, object, what, storedAcl }: Asked,
): Promise<ReadingRight | undefined> {
  const { latest, version } = actions[what];
  const may = (asked: RequestContext, action: string) =>
    isPermitted(asked, {
      action,
      bucket,
      key: address.key,
      storedAcl: storedAcl ?? (async () => (await loadStoredAcls(context, [object.id]))[0] ?? null),
      ...(object.tags === undefined ? {} : { existingTags: object.tags }),
    });
  const named = await may(asking(context, { versionId: object.versionId }), version);
  return (object.isLatest ? await may(context, latest) : named) ? { bucket, named } : undefined;
}
