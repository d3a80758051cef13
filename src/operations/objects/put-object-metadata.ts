import type { RequestContext } from '../context.js';
import type { ObjectAddress, ObjectAttributes, WriteConditions, WrittenObject } from '../types.js';
import { copyObject } from './copy-object.js';

export interface PutObjectMetadataInput
  extends ObjectAddress,
    Pick<ObjectAttributes, 'metadata' | 'contentType' | 'headers'> {
  conditions?: WriteConditions;
}

/**
 * Replaces an object's user metadata, content type and headers, as far as they are given, and nothing else; an empty
 * header is none. In a bucket with versions this is a new version.
 */
export async function putObjectMetadata(
  context: RequestContext,
  input: PutObjectMetadataInput,
): Promise<WrittenObject> {
  const { metadata, contentType, headers, conditions = {}, ...target } = input;
  return copyObject(context, {
    source: target,
    target,
    metadataDirective: 'MERGE',
    taggingDirective: 'COPY',
    attributes: { metadata, contentType, headers },
    unsaid: 'AS_SOURCE',
    conditions,
  });
}
