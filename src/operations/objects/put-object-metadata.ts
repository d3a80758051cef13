import type { RequestContext } from '../context.js';
import type { ObjectAddress, ObjectAttributes, WrittenObject } from '../types.js';
import { copyObject } from './copy-object.js';

/**
 * Replaces an object's user metadata (and content type, when given), and nothing else. In a bucket with versions this is a
 * new version.
 */
export async function putObjectMetadata(
  context: RequestContext,
  input: ObjectAddress & Pick<ObjectAttributes, 'metadata' | 'contentType'>,
): Promise<WrittenObject> {
  const { metadata = {}, contentType, ...target } = input;
  return copyObject(context, {
    source: target,
    target,
    metadataDirective: 'MERGE',
    taggingDirective: 'COPY',
    attributes: { metadata, contentType },
    unsaid: 'AS_SOURCE',
  });
}
