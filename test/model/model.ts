import type { BucketVersioning } from '../../src/operations/types.js';
import { type Content, etagOf } from './content.js';

/** What the store should hold, in the plainest way. */
export interface Version {
  /** The row's id; null as long as it is not known. */
  rowId: number | null;
  isNull: boolean;
  marker: boolean;
  pieces: Content[];
  partCount: number;
  etag: string;
  /** Of a copy of parts: it is in one piece if its bytes had to be written anew, which only the store knows. */
  mayBeWhole?: boolean;
  /** Whether a legal hold keeps it. */
  held: boolean;
}

export interface Trashed {
  key: string;
  version: Version;
}

export interface Upload {
  id: string | null;
  key: string;
  state: 'OPEN' | 'COMPLETED' | 'ABORTED';
  parts: Map<number, Content>;
  /** Of a completed one. */
  completed?: Version;
}

export interface BucketModel {
  readonly name: string;
  readonly tenant: string | undefined;
  /** Whether its versions can be held, and it always keeps versions. */
  readonly lockable: boolean;
  versioning: BucketVersioning;
  trashSeconds: number;
  /** Committed versions by key, the oldest first. */
  readonly keys: Map<string, Version[]>;
  readonly trash: Trashed[];
  readonly uploads: Upload[];
}

export interface Model {
  buckets: BucketModel[];
  /** Files that were put among the blobs behind granary's back. */
  strays: number;
  /** Paths of files that were damaged; some of them are in quarantine in the end. */
  spoiled: Set<string>;
}

export function newModel(buckets: BucketModel[]): Model {
  return { buckets, strays: 0, spoiled: new Set() };
}

export const keys = ['a', 'a/b', 'ünï ✓'];

export function newBucket(
  name: string,
  start: { tenant?: string; lockable?: boolean; versioning: BucketVersioning; trashSeconds: number },
): BucketModel {
  const { tenant, lockable = false, ...settings } = start;
  return { name, tenant, lockable, ...settings, keys: new Map(), trash: [], uploads: [] };
}

export function newVersion(pieces: Content[], partCount: number): Version {
  return { rowId: null, isNull: false, marker: false, pieces, partCount, etag: etagOf(pieces, partCount), held: false };
}

function newMarker(): Version {
  return { rowId: null, isNull: false, marker: true, pieces: [], partCount: 0, etag: '', held: false };
}

/** A copy; parts that go to another store, or get second copies there, become one piece on the way. */
export function newCopy({ pieces, partCount }: Version): Version {
  return { ...newVersion(pieces, partCount), mayBeWhole: partCount > 0 };
}

/** Takes over whether a copy is in parts or in one piece, as the store says; anything else stays as it should be. */
export function learnShape(version: Version, seen: { etag: string }): void {
  const whole = version.mayBeWhole === true ? etagOf(version.pieces, 0) : undefined;
  if (seen.etag === whole) {
    version.partCount = 0;
    version.etag = whole;
  }
  version.mayBeWhole = false;
}

export function versionsOf(bucket: BucketModel, key: string): Version[] {
  return bucket.keys.get(key) ?? [];
}

/** The newest version, unless it is a delete marker. */
export function visible(bucket: BucketModel, key: string): Version | undefined {
  const latest = versionsOf(bucket, key).at(-1);
  return latest?.marker === false ? latest : undefined;
}

/** A new newest version. */
export function push(bucket: BucketModel, key: string, version: Version): void {
  version.isNull = bucket.versioning !== 'ENABLED';
  if (version.isNull) {
    hide(bucket, key, (other) => other.isNull);
  }
  bucket.keys.set(key, [...versionsOf(bucket, key), version]);
}

/** Deletes a key, by a marker where the bucket has versions; returns the marker. */
export function deleteKey(bucket: BucketModel, key: string): Version | undefined {
  if (bucket.versioning === 'UNVERSIONED') {
    hide(bucket, key, (version) => version.isNull);
    return undefined;
  }
  const marker = newMarker();
  push(bucket, key, marker);
  return marker;
}

/** Takes versions out of sight, and into the trash where there is one. */
export function hide(bucket: BucketModel, key: string, isGone: (version: Version) => boolean): void {
  const versions = versionsOf(bucket, key);
  const gone = versions.filter(isGone);
  bucket.keys.set(
    key,
    versions.filter((version) => !gone.includes(version)),
  );
  if (bucket.trashSeconds > 0) {
    bucket.trash.push(...gone.filter((version) => !version.marker).map((version) => ({ key, version })));
  }
}

/** How clients name a version. */
export function versionIdOf(version: Version): string {
  return version.isNull ? 'null' : rowName(version);
}

/** How the trash names a version. */
export function rowName({ rowId }: Version): string {
  if (rowId === null) {
    throw new Error('The model does not know the id of a version');
  }
  return rowId.toString(16).padStart(16, '0');
}

/** The `index`-th of a list, round and round. */
export function pick<T>(list: readonly T[], index: number): T | undefined {
  return list[index % Math.max(1, list.length)];
}
