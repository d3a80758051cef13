import type { RequestContext } from './context.js';
import { copyObject } from './copy-object.js';
import { headObject } from './get-object.js';
import type { ObjectAddress, ObjectAttributes, WrittenObject } from './types.js';

/** Replaces an object's user metadata (and content type, when given). In a bucket with versions this is a new version. */
export async function putObjectMetadata(
  context: RequestContext,
  input: ObjectAddress & Pick<ObjectAttributes, 'metadata' | 'contentType'>,
): Promise<WrittenObject> {
  const { metadata = {}, contentType, ...target } = input;
  const { object } = await headObject(context, target);
  return copyObject(context, {
    source: target,
    target,
    metadataDirective: 'REPLACE',
    taggingDirective: 'COPY',
    attributes: { metadata, contentType: contentType ?? object.contentType, headers: object.headers },
  });
}
