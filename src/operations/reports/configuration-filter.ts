import { GranaryError } from '../../errors.js';

/** Which objects a configuration is about; all that it names must fit, and one that names nothing is about all. */
export interface ConfigurationFilter {
  prefix?: string;
  tags: Record<string, string>;
}

const maxTags = 10;

/** Throws unless the filter is one that objects can fit. */
export function checkFilter({ prefix, tags }: ConfigurationFilter, place: string): void {
  requireValid(isKeyPart(prefix ?? ''), [place, 'filter', 'prefix'], 'The prefix of the filter is not one of keys.');
  const entries = Object.entries(tags);
  requireValid(entries.length <= maxTags, [place, 'filter', 'tags'], `A filter has at most ${maxTags} tags.`);
  const isTag = ([key, value]: [string, string]) => key.length >= 1 && key.length <= 128 && value.length <= 256;
  requireValid(entries.every(isTag), [place, 'filter', 'tags'], 'A tag of the filter is not well formed.');
}

/** Whether a configuration can have the id. */
export function isConfigurationId(id: string): boolean {
  return /^[A-Za-z0-9_.-]{1,64}$/.test(id);
}

/** Throws unless it is an id that S3 takes. */
export function checkConfigurationId(id: string, place: string): void {
  requireValid(
    isConfigurationId(id),
    [place, 'id'],
    'An id has 1 to 64 letters, digits, dots, hyphens and underscores.',
  );
}

/** Whether keys can begin with the text. */
export function isKeyPart(text: string): boolean {
  return Buffer.byteLength(text) <= 1024 && text.isWellFormed() && !text.includes('\0');
}

export function requireValid(condition: boolean, field: string[], message: string): void {
  if (!condition) {
    throw new GranaryError('InvalidInput', message, { reason: 'InvalidArgument', field });
  }
}
