import { GranaryError } from '../../errors.js';
import { validTags } from '../objects/object-attributes.js';

const mostTags = 50;

/** Throws unless a user can have these tags. */
export function validateUserTags(tags: Record<string, string>): void {
  if (Object.keys(tags).length > mostTags) {
    throw new GranaryError('InvalidInput', `A user has at most ${mostTags} tags.`, { field: ['input', 'tags'] });
  }
  validTags(tags, mostTags);
}

type Tags = Readonly<Record<string, string>>;

/** All tags, in place of those that were, or what becomes of these; the latter loses none that others give meanwhile. */
export type TagChange = Record<string, string> | ((known: Tags) => Record<string, string>);

/** The tags after a change, of what nobody else changes meanwhile; undefined for no change. Throws for bad ones. */
export function changedTags(change: TagChange | undefined, known: Tags): Record<string, string> | undefined {
  const tags = typeof change === 'function' ? change(known) : change;
  if (tags !== undefined) {
    validateUserTags(tags);
  }
  return tags;
}
