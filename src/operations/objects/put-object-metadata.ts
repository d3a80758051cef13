import type { RequestContext } from '../context.js';
import type { ObjectAddress, ObjectAttributes, ObjectHeaders, WrittenObject } from '../types.js';
import { copyObject } from './copy-object.js';

export interface PutObjectMetadataInput extends ObjectAddress, Pick<ObjectAttributes, 'metadata' | 'contentType'> {
  /** What is given takes the place of what was kept, an empty text that of nothing; the others stay. */
  headers?: Pick<ObjectHeaders, 'expires' | 'websiteRedirectLocation'>;
}

/**
 * Replaces an object's user metadata (and content type and headers, when given), and nothing else. In a bucket with versions this is a
 * new version.
 */
export async function putObjectMetadata(
  context: RequestContext,
  input: PutObjectMetadataInput,
): Promise<WrittenObject> {
  const { metadata = {}, contentType, headers = {}, ...target } = input;
  return copyObject(context, {
    source: target,
    target,
    metadataDirective: 'MERGE',
    taggingDirective: 'COPY',
    attributes: { metadata, contentType, headers },
    unsaid: 'AS_SOURCE',
  });
}
