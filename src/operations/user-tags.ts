import { GranaryError } from '../errors.js';
import { validTags } from './object-attributes.js';

const mostTags = 50;

/** Throws unless a user can have these tags. */
export function validateUserTags(tags: Record<string, string>): void {
  if (Object.keys(tags).length > mostTags) {
    throw new GranaryError('InvalidInput', `A user has at most ${mostTags} tags.`, { field: ['input', 'tags'] });
  }
  validTags(tags, mostTags);
}
