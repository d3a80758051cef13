import type { GranaryError } from '../../errors.js';
import { queryError } from './query-error.js';

/** What AWS's query services say of a parameter that is against the rules, at its place in the request. */
export function violation(place: string, rule: string): GranaryError {
  return queryError(
    'ValidationError',
    `1 validation error detected: Value at '${place}' failed to satisfy constraint: ${rule}`,
  );
}

export function missing(place: string): GranaryError {
  return violation(place, 'Member must not be null');
}

/** Throws unless the text has a length within the limits, ends included. */
export function requireLength(text: string, place: string, { least, most }: { least: number; most: number }): void {
  if (text.length > most) {
    throw violation(place, `Member must have length less than or equal to ${most}`);
  }
  if (text.length < least) {
    throw violation(place, `Member must have length greater than or equal to ${least}`);
  }
}

/** `UserName` as these services write it in messages: `userName`. */
export function placeOf(parameter: string): string {
  return parameter.charAt(0).toLowerCase() + parameter.slice(1);
}
