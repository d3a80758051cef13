import { GranaryError } from '../../errors.js';
import { entityTag } from './write-outcome.js';

/**
 * What must be the case for a delete to happen, of the version that it names or else of the latest. All must hold.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html
 */
export interface DeleteConditions {
  /** `*` or an entity tag; the object must be there. A version that is named need not, for nothing is left to delete. */
  ifMatch?: string | undefined;
  /** In bytes. An object that is not there has any size, a delete marker has none. */
  size?: number | undefined;
  /** To the second, as S3 shows it; so also here. */
  lastModified?: Date | undefined;
  /** The row of the very version; an object that is not there is none. */
  rowId?: number | undefined;
}

/** The conditions as delete_version takes them; null when there are none. */
export function deleteParameter({ ifMatch, size, lastModified, rowId }: DeleteConditions = {}): string | null {
  if (ifMatch === undefined && size === undefined && lastModified === undefined && rowId === undefined) {
    return null;
  }
  if (lastModified !== undefined && Number.isNaN(lastModified.getTime())) {
    throw new GranaryError('InvalidInput', 'The last modified time of a condition is not a date.', {
      reason: 'InvalidArgument',
      field: ['conditions', 'lastModified'],
    });
  }
  const modified = lastModified?.toISOString();
  return JSON.stringify({ etag: entityTag(ifMatch) ?? undefined, size, modified, id: rowId });
}
