import { createHash } from 'node:crypto';
import { GranaryError, isGranaryError } from '../../errors.js';
import type { RequestContext } from '../context.js';

/** A place in a sorted list of objects: the value that it is sorted by, as PostgreSQL writes it, and the version. */
export interface SearchPosition {
  readonly value: string;
  readonly id: number;
}

const longestCursor = 8192;

/** Sealed, for a page may end at an object that the caller must not learn of. */
export function sealCursor(context: RequestContext, { value, id }: SearchPosition, list: string): string {
  return context.granary.secretBox.seal(JSON.stringify([id, value]), contextOf(context, list)).toString('base64url');
}

/** @throws GranaryError InvalidInput for what is not a cursor of this list, made for this caller. */
export function openCursor(context: RequestContext, cursor: string, list: string): SearchPosition {
  try {
    const sealed = cursor.length > longestCursor ? '' : cursor;
    const text = context.granary.secretBox.open(Buffer.from(sealed, 'base64url'), contextOf(context, list));
    const [id, value] = JSON.parse(text) as [number, string];
    return { id, value };
  } catch (error) {
    if (isGranaryError(error, 'Internal')) {
      throw new GranaryError('InvalidInput', 'This is not a cursor of this search.', {
        reason: 'InvalidArgument',
        field: ['after'],
      });
    }
    throw error;
  }
}

/** `list` names the list with all that narrows it down: else a cursor could tell where hidden objects are in another. */
function contextOf({ caller }: RequestContext, list: string): string {
  const digest = createHash('sha256').update(list).digest('base64url');
  return `search cursor ${digest} of ${caller.kind === 'user' ? caller.userId : ''}`;
}
