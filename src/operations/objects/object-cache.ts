import { LRUCache } from 'lru-cache';
import type { ReadableVersion } from './find-version.js';

/** A latest version with its bytes, and what tells whether its row is still the one that was read. */
export interface CachedVersion {
  version: ReadableVersion;
  /** PostgreSQL's xmin of the row: it changes whenever the row does. */
  token: string;
}

/** What an entry takes beside its bytes, roughly. */
const entryOverhead = 2048;

/**
 * Small objects in memory. Every read still asks the database, which row is the latest one: an entry saves the rest of
 * that row and the bytes, never the question, so that a read is as fresh as without it.
 */
export class ObjectCache {
  readonly #entries: LRUCache<string, CachedVersion> | undefined;

  /** With 0 bytes nothing is kept. */
  constructor(maxBytes: number) {
    this.#entries =
      maxBytes === 0
        ? undefined
        : new LRUCache({
            maxSize: maxBytes,
            sizeCalculation: ({ version }) => entryOverhead + textSize(version) + (version.content?.length ?? 0),
          });
  }

  find(bucketId: number, key: string): CachedVersion | undefined {
    return this.#entries?.get(`${bucketId}/${key}`);
  }

  /** Keeps a latest version, when it was read with its bytes and no key that may be taken away opens them. */
  keep(cached: CachedVersion): void {
    const { version } = cached;
    const isOpen = version.encryption === null || version.encryption.algorithm === 'AES256';
    if (version.content !== null && isOpen) {
      this.#entries?.set(`${version.bucketId}/${version.key}`, cached);
    }
  }
}

function textSize({ key, headers, metadata, tags }: ReadableVersion): number {
  return 2 * (key.length + JSON.stringify([headers, metadata, tags]).length);
}
