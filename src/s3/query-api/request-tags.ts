import { GranaryError } from '../../errors.js';
import type { Parameters } from './parameters.js';
import { queryError } from './query-error.js';
import { missing, requireLength, violation } from './violation.js';

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_Tag.html : of one thing, and of one request. */
const mostTags = 50;
const keyPattern = '[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+';
const valuePattern = '[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*';
const keyExpression = new RegExp(`^${keyPattern}$`, 'u');
const valueExpression = new RegExp(`^${valuePattern}$`, 'u');

type Tags = Readonly<Record<string, string>>;

/** `Tags.member.1.Key`, `Tags.member.1.Value` …; undefined when there are none. */
export function tagsOf(parameters: Parameters): Record<string, string> | undefined {
  const tags: [string, string][] = [];
  for (let number = 1; ; number++) {
    const key = parameters.sent(`Tags.member.${number}.Key`);
    const value = parameters.sent(`Tags.member.${number}.Value`);
    if (key === undefined && value === undefined) {
      break;
    }
    tags.push([checkedKey(key, number), checkedValue(value, number)]);
  }
  if (tags.length > mostTags) {
    throw violation('tags', `Member must have length less than or equal to ${mostTags}`);
  }
  if (new Set(tags.map(([key]) => key.toLowerCase())).size !== tags.length) {
    throw new GranaryError(
      'InvalidInput',
      'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
      { reason: 'DuplicateTagKeys' },
    );
  }
  return tags.length === 0 ? undefined : Object.fromEntries(tags);
}

function checkedKey(key: string | undefined, number: number): string {
  const place = `tags.${number}.member.key`;
  if (key === undefined) {
    throw missing(place);
  }
  requireLength(key, place, { least: 1, most: 128 });
  if (!keyExpression.test(key)) {
    throw violation(place, `Member must satisfy regular expression pattern: ${keyPattern}`);
  }
  return key;
}

function checkedValue(value: string | undefined, number: number): string {
  const place = `tags.${number}.member.value`;
  if (value === undefined) {
    throw missing(place);
  }
  requireLength(value, place, { least: 0, most: 256 });
  if (!valueExpression.test(value)) {
    throw violation(place, `Member must satisfy regular expression pattern: ${valuePattern}`);
  }
  return value;
}

/**
 * The tags with those of the request beside or in place of them. Keys that differ only in case are the same one:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html
 */
export function withTags(parameters: Parameters): (known: Tags) => Record<string, string> {
  const tags = tagsOf(parameters);
  if (tags === undefined) {
    throw missing('tags');
  }
  return (known) => {
    const all = { ...without(known, Object.keys(tags)), ...tags };
    if (Object.keys(all).length > mostTags) {
      throw queryError('LimitExceeded', 'The number of tags has reached the maximum limit.');
    }
    return all;
  };
}

/** The tags without those that the request names in `TagKeys`. */
export function withoutTags(parameters: Parameters): (known: Tags) => Record<string, string> {
  const keys = parameters.members('TagKeys');
  if (keys.length === 0) {
    throw missing('tagKeys');
  }
  if (keys.length > mostTags) {
    throw violation('tagKeys', `Member must have length less than or equal to ${mostTags}`);
  }
  if (keys.some((key) => key.length > 128 || !keyExpression.test(key))) {
    const rules = [
      'Member must have length less than or equal to 128',
      'Member must have length greater than or equal to 1',
      `Member must satisfy regular expression pattern: ${keyPattern}`,
      'Member must not be null',
    ];
    throw violation('tagKeys', `Member must satisfy constraint: [${rules.join(', ')}]`);
  }
  return (known) => without(known, keys);
}

function without(known: Tags, keys: readonly string[]): Record<string, string> {
  const gone = new Set(keys.map((key) => key.toLowerCase()));
  return Object.fromEntries(Object.entries(known).filter(([key]) => !gone.has(key.toLowerCase())));
}
