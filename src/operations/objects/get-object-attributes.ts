import { statement } from '../../database/database.js';
import { asking } from '../access/asking.js';
import { openBucket } from '../access/authorize.js';
import type { RequestContext } from '../context.js';
import type { ObjectInfo } from '../types.js';
import { type GetObjectInput, headObject } from './get-object.js';
import { validLimit } from './list-objects.js';

export interface ObjectPart {
  partNumber: number;
  size: number;
  /** Base64; null when the upload asked for none. */
  checksum: string | null;
}

export interface GetObjectAttributesInput extends GetObjectInput {
  /** Which parts to tell of; none when absent. */
  parts?: { after: number; limit: number };
}

export interface DescribedObject {
  object: ObjectInfo;
  versioned: boolean;
  /** Of an object that was put together from parts. */
  parts?: { list: ObjectPart[]; truncated: boolean };
}

const selectParts = statement(
  'list_object_parts',
  `SELECT p.part_number AS "partNumber", p.size, p.checksum FROM version_part p
   WHERE p.version_id = $1 AND p.part_number > $2 ORDER BY p.part_number LIMIT $3`,
);

/**
 * What is known of a version beside its bytes, its parts included. It takes the right to read it, and one of its own.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html
 */
export async function getObjectAttributes(
  context: RequestContext,
  { parts, ...input }: GetObjectAttributesInput,
): Promise<DescribedObject> {
  const action = input.versionId === undefined ? 's3:GetObjectAttributes' : 's3:GetObjectVersionAttributes';
  await openBucket(asking(context, { versionId: input.versionId }), input, action);
  const { object, versioned } = await headObject(context, input);
  if (parts === undefined || object.partCount === 0) {
    return { object, versioned };
  }
  const limit = validLimit(parts.limit);
  const rows = await context.granary.database.query<ObjectPart>(selectParts, [object.id, parts.after, limit + 1]);
  return { object, versioned, parts: { list: rows.slice(0, limit), truncated: rows.length > limit } };
}
