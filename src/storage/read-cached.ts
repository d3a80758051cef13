import type { Readable } from 'node:stream';
import { GranaryError, isGranaryError } from '../errors.js';
import type { ChunkCache } from './cache/chunk-cache.js';
import type { OpenSource } from './open-content.js';
import { type ReadBlobOptions, readBlob } from './read-blob.js';

export interface CachedReading {
  cache: ChunkCache;
  cached: OpenSource;
  /** Past the cache. */
  direct: OpenSource;
}

/**
 * Reads a blob through the cache. Wrong bytes from there say nothing of the blob itself: it is read past the cache from
 * then on, at once where no byte was given out yet, else by whoever tries again after `Unavailable`.
 */
export async function readCached(
  options: ReadBlobOptions,
  { cache, cached, direct }: CachedReading,
): Promise<Readable> {
  const { path } = options.blob;
  const translate = (error: unknown) => {
    if (!isCorrupt(error)) return error;
    cache.distrust(path);
    return new GranaryError('Unavailable', 'The content did not arrive whole. Try again.', { cause: error });
  };
  if (cache.isDistrusted(path)) return readBlob(direct, options);
  try {
    return await readBlob(cached, { ...options, translate });
  } catch (error) {
    if (!isCorrupt(error)) throw error;
    cache.distrust(path);
    return readBlob(direct, options);
  }
}

function isCorrupt(error: unknown): boolean {
  return isGranaryError(error, 'Internal') && error.reason === 'CorruptBlob';
}
