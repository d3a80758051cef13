import { type Statement, statement } from '../../database/database.js';
import type { PutCall } from './put-queue.js';

/** The parameters of put_version, in its order. */
const parameters = [
  'bucket',
  'revision',
  'key',
  'ifMatch',
  'ifNoneMatch',
  'blob',
  'scope',
  'address',
  'size',
  'content',
  'domain',
  'stored',
  'format',
  'wrappedKey',
  'copies',
  'etag',
  'contentType',
  'headers',
  'metadata',
  'tags',
  'checksum',
  'storageClass',
  'encryption',
  'lock',
  'replication',
  'replicate',
  'owner',
  'action',
  'origin',
  'quota',
  'acl',
] as const;

/** What put_versions does not know of: a write that has one of these goes by put_version. */
const special: ReadonlySet<string> = new Set(['copies', 'lock', 'replicate', 'quota']);

const places = new Map<string, number>(parameters.map((name, place) => [name, place]));
const specialPlaces = placesOf(parameters.filter((name) => special.has(name)));
/** The fields of the type put_call. */
const plainPlaces = placesOf(parameters.filter((name) => !special.has(name)));
const [bucketPlace = 0, keyPlace = 0, contentPlace = 0] = placesOf(['bucket', 'key', 'content']);

/** How many writes one transaction takes. */
export const largestBatch = 16;

const batchSizes = Array.from({ length: largestBatch }, (_, i) => i + 1);

const answer = 'SELECT outcome, version, is_null AS "isNull", created, deduplicated, stored FROM';

/** Writes by the same statements, and each by its own, by how many they are. */
const together = new Map(batchSizes.map((size) => [size, togetherStatement(size)]));
const oneByOne = new Map(batchSizes.map((size) => [size, oneByOneStatement(size)]));

/** The statement that makes these writes, no more than {@link largestBatch}; its rows come in their order. */
export function statementFor(calls: readonly PutCall[]): { query: Statement; values: unknown[] } {
  const goTogether = calls.length > 1 && calls.every(isPlain) && areDifferent(calls);
  const query = (goTogether ? together : oneByOne).get(calls.length);
  if (query === undefined) {
    throw new Error(`No statement for ${calls.length} writes`);
  }
  return {
    query,
    values: calls.flatMap(({ values }) => (goTogether ? plainPlaces.map((place) => values[place]) : values)),
  };
}

function isPlain({ values }: PutCall): boolean {
  return values[contentPlace] !== null && specialPlaces.every((place) => values[place] === null);
}

function areDifferent(calls: readonly PutCall[]): boolean {
  const keys = new Set(calls.map(({ values }) => `${values[bucketPlace]}/${values[keyPlace]}`));
  const addresses = new Set(calls.map(({ address }) => address.toString('latin1')));
  return keys.size === calls.length && addresses.size === calls.length;
}

function togetherStatement(size: number): Statement {
  const rows = Array.from({ length: size }, (_, i) => `ROW(${numbered(plainPlaces.length, i)})::put_call`);
  return statement(`put_versions_${size}`, `${answer} put_versions(ARRAY[${rows.join(', ')}])`);
}

/** An append runs its parts one after the other. */
function oneByOneStatement(size: number): Statement {
  const rows = Array.from({ length: size }, (_, i) => `${answer} put_version(${numbered(parameters.length, i)})`);
  return statement(`put_version_${size}`, rows.join('\nUNION ALL\n'));
}

/** The parameters of the call in this place. */
function numbered(count: number, place: number): string {
  return Array.from({ length: count }, (_, i) => `$${place * count + i + 1}`).join(', ');
}

function placesOf(names: readonly string[]): number[] {
  return names.map((name) => places.get(name) ?? 0);
}
