import { objectKindOf } from '../objects/object-kind.js';
import { classMark, keyMarks, kindOf, metadataMark, ownerMark, plainType, tagMark, typeMark } from './search-marks.js';
import { fold, wordsOf } from './search-text.js';

/** A current object as it is read to be indexed. */
export interface IndexedVersion {
  readonly id: number;
  readonly tenantId: number;
  readonly bucketId: number;
  readonly key: string;
  readonly size: number;
  readonly contentType: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly storageClass: string;
  readonly ownerId: number | null;
}

/** What search keeps of it beside what is in its row. */
export interface SearchDocument {
  readonly folded: string | null;
  /** By which it is counted. */
  readonly kind: string;
  /** As `tsvector` reads it. */
  readonly words: string;
  /** As `bigint[]` reads it. */
  readonly marks: string;
  /** Words that one may mistype. */
  readonly vocabulary: readonly string[];
}

/** Words beyond these are not found: metadata may be long, and an index entry must not be. */
const mostWords = 200;

/** How much a word counts where it stands: in the name, in the folders, in tags, in metadata. */
type Weight = 'A' | 'B' | 'C' | 'D';

export function searchDocument(version: IndexedVersion): SearchDocument {
  const words = weighedWords(version);
  const folded = fold(version.key);
  return {
    folded: folded === version.key ? null : folded,
    kind: objectKindOf(version.contentType),
    words: Array.from(words, ([word, weight]) => `${lexemeOf(version.tenantId, word)}:1${weight}`).join(' '),
    marks: `{${[...marksOf(version)].join(',')}}`,
    vocabulary: [...words.keys()].filter(isMistypable),
  };
}

/** A word as the index has it, with its tenant before it and in quotes: no tenant pays for the words of others. */
export function lexemeOf(tenantId: number, word: string): string {
  return `'${tenantId.toString(36)}.${word}'`;
}

/** Letters alone, neither few nor many: numbers and hashes are not mistyped but copied. */
export function isMistypable(word: string): boolean {
  return /^\p{L}{4,24}$/u.test(word);
}

/** The words that an object is found by, with what each counts. */
export function weighedWords({
  key,
  tags,
  metadata,
}: Pick<IndexedVersion, 'key' | 'tags' | 'metadata'>): Map<string, Weight> {
  const words = new Map<string, Weight>();
  const add = (weight: Weight, texts: Iterable<string>): void => {
    for (const text of texts) {
      for (const word of wordsOf(text)) {
        if (words.size >= mostWords) {
          return;
        }
        if (!words.has(word)) {
          words.set(word, weight);
        }
      }
    }
  };
  const nameStart = key.lastIndexOf('/', key.length - 2) + 1;
  add('A', [key.slice(nameStart)]);
  add('B', [key.slice(0, nameStart)]);
  add('C', Object.entries(tags).flat());
  add('D', Object.entries(metadata).flat());
  return words;
}

function marksOf({ tenantId, key, contentType, tags, metadata, ownerId, storageClass }: IndexedVersion): Set<number> {
  const type = plainType(contentType);
  return new Set([
    ...keyMarks(tenantId, key),
    ...Object.entries(tags).map(([name, value]) => tagMark(tenantId, name, value)),
    ...Object.entries(metadata).map(([name, value]) => metadataMark(tenantId, name, value)),
    typeMark(tenantId, type),
    typeMark(tenantId, `${kindOf(type)}/*`),
    classMark(tenantId, storageClass),
    ...(ownerId === null ? [] : [ownerMark(tenantId, ownerId)]),
  ]);
}
