import { isGranaryError } from '../../errors.js';
import { s3Error } from './s3-error.js';
import { formDecode } from './uri-encoding.js';
import { parseXml, type XmlElement } from './xml-reader.js';
import { element, s3Document } from './xml-writer.js';

/** `x-amz-tagging`: names and values as in a query. */
export function parseTaggingHeader(header: string): Record<string, string> {
  const tags: Record<string, string> = Object.create(null);
  for (const piece of header.split('&').filter((text) => text !== '')) {
    const equals = piece.indexOf('=');
    const key = decode(equals < 0 ? piece : piece.slice(0, equals));
    if (key === '' || tags[key] !== undefined) {
      throw invalidHeader();
    }
    tags[key] = equals < 0 ? '' : decode(piece.slice(equals + 1));
  }
  return tags;
}

function decode(text: string): string {
  try {
    return formDecode(text);
  } catch (error) {
    throw isGranaryError(error) ? invalidHeader() : error;
  }
}

function invalidHeader(): Error {
  return s3Error(
    'InvalidArgument',
    "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
    { ArgumentName: 'x-amz-tagging' },
  );
}

/** The body of PutObjectTagging. */
export function parseTagging(body: Buffer): Record<string, string> {
  const sets = parseXml(body, 'Tagging').children('TagSet');
  if (sets.length !== 1) {
    throw s3Error('MalformedXML');
  }
  return parseTags(sets);
}

/** The tags in one or more sets of them. */
export function parseTags(sets: XmlElement[]): Record<string, string> {
  const tags = sets.flatMap((set) => set.children('Tag'));
  return tagSet(tags.map((tag) => [tag.requiredText('Key'), tag.text('Value') ?? '']));
}

/** The answer to GetObjectTagging. */
export function formatTagging(tags: Record<string, string>): string {
  const entries = Object.entries(tags)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => element('Tag', [element('Key', key), element('Value', value)]));
  return s3Document('Tagging', [element('TagSet', entries)]);
}

function tagSet(pairs: [key: string, value: string][]): Record<string, string> {
  const tags: Record<string, string> = Object.create(null);
  for (const [key, value] of pairs) {
    if (tags[key] !== undefined) {
      throw s3Error('InvalidTag', 'Cannot provide multiple Tags with the same key');
    }
    tags[key] = value;
  }
  return tags;
}
