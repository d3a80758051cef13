import { GranaryError } from '../../errors.js';
import { validListText } from '../objects/list-objects.js';
import type { ObjectInfo, StorageClass } from '../types.js';
import { isMistypable, lexemeOf, weighedWords } from './search-document.js';
import {
  classMark,
  likeOf,
  metadataMark,
  ownerMark,
  patternMarks,
  plainType,
  tagMark,
  typeMark,
} from './search-marks.js';
import { searchedWords } from './search-text.js';

/** What a search looks for: an object has all of it. */
export interface SearchFilter {
  /** Words of the key, the tags and the metadata, or beginnings of them. */
  readonly text?: string | undefined;
  /** A pattern of the whole key: `*` stands for any characters, `?` for one. Case does not matter. */
  readonly key?: string | undefined;
  readonly prefix?: string | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** As `image/png`, or `image/*`. */
  readonly contentType?: string | undefined;
  readonly minSize?: number | undefined;
  readonly maxSize?: number | undefined;
  readonly createdAfter?: Date | undefined;
  readonly createdBefore?: Date | undefined;
  readonly ownerId?: number | undefined;
  readonly storageClass?: StorageClass | undefined;
}

/** The filter as the index is asked, and as what it found is looked at once more. */
export interface SearchConditions {
  /** About `s`, the entry. */
  readonly sql: string[];
  /** Null without text. */
  readonly text: TextQueries | null;
  /** Whether an object has what the entry only hints at, or had when it was indexed. */
  matches(object: ObjectInfo): boolean;
}

interface TextQueries {
  /** Full-text queries: of what was meant exactly, and of all that is similar. */
  readonly exact: string;
  readonly wide: string;
  /** Each word that was given, and those that it may stand for. */
  readonly words: readonly { readonly word: string; readonly similar: readonly string[] }[];
}

/** Collects values of a statement, and gives the place where each stands. */
export type Bind = (value: unknown) => string;

const mostPairs = 10;
const longestPattern = 1024;
const mostWildcards = 16;

/** Words for which a mistyped one may stand. */
export type FindSimilar = (word: string) => Promise<string[]>;

/** @throws GranaryError InvalidInput for what nothing can match, or too much. */
export async function searchConditions(
  filter: SearchFilter,
  { tenantId, bind, findSimilar }: { tenantId: number; bind: Bind; findSimilar: FindSimilar },
): Promise<SearchConditions> {
  const text = filter.text === undefined ? null : await textQueries(filter.text, { tenantId, findSimilar });
  const marks = marksOf(filter, tenantId);
  const sql = [`s.tenant_id = ${bind(tenantId)}`];
  if (text !== null) {
    sql.push(`s.words @@ ${bind(text.wide)}::tsquery`);
  }
  if (marks.length > 0) {
    sql.push(`s.marks @> ${bind(marks)}::bigint[]`);
  }
  if (filter.key !== undefined) {
    sql.push(`COALESCE(s.folded, s.key) LIKE ${bind(likeOf(filter.key))}`);
  }
  if (filter.prefix !== undefined && filter.prefix !== '') {
    const prefix = bind(validListText(filter.prefix, 'prefix'));
    sql.push(`s.key >= ${prefix}`, `s.key <= prefix_end(${prefix})`);
  }
  sql.push(...ranges(filter, bind));
  return { sql, text, matches: (object) => isMatch(filter, object) && hasWords(text, object) };
}

function marksOf(filter: SearchFilter, tenantId: number): number[] {
  const { tags, metadata, contentType, ownerId, storageClass, key } = filter;
  const pairs = [...Object.entries(tags ?? {}), ...Object.entries(metadata ?? {})];
  if (pairs.length > mostPairs) {
    throw invalid('tags', `A search has ${mostPairs} tags and metadata values at most.`);
  }
  if (pairs.some((pair) => pair.some((text) => text.length > 2048))) {
    throw invalid('tags', 'Names and values of tags and metadata have 2048 characters at most.');
  }
  return [
    ...Object.entries(tags ?? {}).map(([name, value]) => tagMark(tenantId, name, value)),
    ...Object.entries(metadata ?? {}).map(([name, value]) => metadataMark(tenantId, name, value)),
    ...(contentType === undefined ? [] : [typeMark(tenantId, validType(contentType))]),
    ...(ownerId === undefined ? [] : [ownerMark(tenantId, ownerId)]),
    ...(storageClass === undefined ? [] : [classMark(tenantId, storageClass)]),
    ...(key === undefined ? [] : patternMarks(tenantId, validPattern(key))),
  ];
}

function ranges({ minSize, maxSize, createdAfter, createdBefore }: SearchFilter, bind: Bind): string[] {
  if (minSize !== undefined && maxSize !== undefined && minSize > maxSize) {
    throw invalid('minSize', 'The least size is greater than the greatest.');
  }
  if (createdAfter !== undefined && createdBefore !== undefined && createdAfter >= createdBefore) {
    throw invalid('createdAfter', 'The range of dates ends before it begins.');
  }
  return [
    ...(minSize === undefined ? [] : [`s.size >= ${bind(validSize(minSize, 'minSize'))}::bigint`]),
    ...(maxSize === undefined ? [] : [`s.size <= ${bind(validSize(maxSize, 'maxSize'))}::bigint`]),
    ...(createdAfter === undefined ? [] : [`s.created_at >= ${bind(validDate(createdAfter))}::timestamptz`]),
    ...(createdBefore === undefined ? [] : [`s.created_at < ${bind(validDate(createdBefore))}::timestamptz`]),
  ];
}

/** All words must be there; each may be the beginning of one, or similar to one. */
async function textQueries(
  text: string,
  { tenantId, findSimilar }: { tenantId: number; findSimilar: FindSimilar },
): Promise<TextQueries> {
  const words = await Promise.all(
    searchedWords(text).map(async (word) => ({ word, similar: isMistypable(word) ? await findSimilar(word) : [] })),
  );
  const alternatives = words.map(({ word, similar }) => [
    `${lexemeOf(tenantId, word)}${isBeginning(word) ? ':*' : ''}`,
    ...similar.map((other) => lexemeOf(tenantId, other)),
  ]);
  return {
    words,
    exact: words.map(({ word }) => lexemeOf(tenantId, word)).join(' & '),
    wide: alternatives.map((some) => `(${some.join(' | ')})`).join(' & '),
  };
}

/** One letter begins too many words. */
function isBeginning(word: string): boolean {
  return Array.from(word).length > 1;
}

/** The same as the full-text query asks, of the object as it is now. */
function hasWords(text: TextQueries | null, object: ObjectInfo): boolean {
  if (text === null) {
    return true;
  }
  const present = [...weighedWords(object).keys()];
  return text.words.every(({ word, similar }) =>
    present.some((one) => one === word || (isBeginning(word) && one.startsWith(word)) || similar.includes(one)),
  );
}

function isMatch(filter: SearchFilter, object: ObjectInfo): boolean {
  const { tags = {}, metadata = {}, contentType, ownerId, storageClass } = filter;
  const has = (all: Readonly<Record<string, string>>, name: string, value: string) =>
    Object.hasOwn(all, name) && all[name] === value;
  return (
    Object.entries(tags).every(([name, value]) => has(object.tags, name, value)) &&
    Object.entries(metadata).every(([name, value]) => has(object.metadata, name.toLowerCase(), value)) &&
    (contentType === undefined || isOfType(object.contentType, contentType)) &&
    (ownerId === undefined || object.ownerId === ownerId) &&
    (storageClass === undefined || object.storageClass === storageClass)
  );
}

function isOfType(contentType: string, wanted: string): boolean {
  const [type, pattern] = [plainType(contentType), plainType(wanted)];
  return pattern.endsWith('/*') ? type.startsWith(pattern.slice(0, -1)) : type === pattern;
}

function validPattern(pattern: string): string {
  const wildcards = pattern.replace(/\*+/g, '*').match(/[*?]/g)?.length ?? 0;
  if (pattern.length > longestPattern || pattern.includes('\0') || !pattern.isWellFormed()) {
    throw invalid('key', `The pattern of keys has ${longestPattern} characters at most, and no NUL.`);
  }
  if (!/[^*?]/.test(pattern)) {
    throw invalid('key', 'The pattern of keys has nothing but wildcards in it. Leave it out to find every key.');
  }
  if (wildcards > mostWildcards) {
    throw invalid('key', `The pattern of keys has ${mostWildcards} wildcards at most.`);
  }
  return pattern;
}

function validType(contentType: string): string {
  const type = plainType(contentType);
  if (!/^[^\s/*]{1,127}\/(\*|[^\s/*]{1,127})$/.test(type)) {
    throw invalid('contentType', 'The content type is like "image/png", or like "image/*".');
  }
  return type;
}

function validSize(size: number, field: string): number {
  if (!Number.isSafeInteger(size) || size < 0) {
    throw invalid(field, 'A size is a number of bytes, from 0 on.');
  }
  return size;
}

function validDate(date: Date): string {
  if (Number.isNaN(date.getTime()) || date.getUTCFullYear() < 1 || date.getUTCFullYear() > 9999) {
    throw invalid('createdAfter', 'A date is between the years 1 and 9999.');
  }
  return date.toISOString();
}

function invalid(field: string, message: string): GranaryError {
  return new GranaryError('InvalidInput', message, { reason: 'InvalidArgument', field: [field] });
}
