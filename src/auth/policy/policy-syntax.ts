import { GranaryError } from '../../errors.js';

/** The error for one place of a policy, for example `Statement[0].Condition.Bool["aws:SecureTransport"]`. */
export function malformed(place: string, problem: string): GranaryError {
  return new GranaryError('InvalidInput', `The policy is malformed: ${place} ${problem}.`, {
    reason: 'MalformedPolicy',
    data: { place },
  });
}

/** An object of JSON; anything else is malformed. */
export function plainObject(value: unknown, place: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw malformed(place, 'must be an object');
  }
  return value as Record<string, unknown>;
}

/** A string that is stored and compared as it stands: no control characters, no half of a surrogate pair. */
export function plainString(value: unknown, place: string): string {
  if (typeof value !== 'string' || value === '') {
    throw malformed(place, 'must be a string that is not empty');
  }
  if (!value.isWellFormed() || /\p{Cc}/u.test(value)) {
    throw malformed(place, 'has characters that are not allowed');
  }
  return value;
}

/** A policy's lists may be written as a single value. */
export function oneOrMore<T>(value: unknown, place: string, read: (value: unknown, place: string) => T): T[] {
  if (!Array.isArray(value)) {
    if (value === undefined) {
      throw malformed(place, 'is missing');
    }
    return [read(value, place)];
  }
  if (value.length === 0) {
    throw malformed(place, 'must not be empty');
  }
  return value.map((item, index) => read(item, `${place}[${index}]`));
}
