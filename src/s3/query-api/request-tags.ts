import type { Parameters } from './parameters.js';
import { queryError } from './query-error.js';

/** `Tags.member.1.Key`, `Tags.member.1.Value` …; undefined when there are none. */
export function tagsOf(parameters: Parameters): Record<string, string> | undefined {
  const keys = parameters.members('Tags', 'Key');
  const values = parameters.members('Tags', 'Value');
  const distinct = new Set(keys.map((key) => key.toLowerCase()));
  if (keys.length !== values.length || distinct.size !== keys.length) {
    throw queryError('ValidationError', `Each of the ${parameters.get('Action')}'s tags needs one key and one value.`);
  }
  return keys.length === 0 ? undefined : Object.fromEntries(keys.map((key, index) => [key, values[index] ?? '']));
}

type Tags = Readonly<Record<string, string>>;

/** The tags with those of the request beside or in place of them. */
export function withTags(parameters: Parameters): (known: Tags) => Record<string, string> {
  const tags = tagsOf(parameters);
  return (known) => ({ ...known, ...tags });
}

/** The tags without those that the request names in `TagKeys`. */
export function withoutTags(parameters: Parameters): (known: Tags) => Record<string, string> {
  const gone = new Set(parameters.members('TagKeys'));
  return (known) => Object.fromEntries(Object.entries(known).filter(([key]) => !gone.has(key)));
}
