import { v7 as uuid } from 'uuid';
import { GranaryError } from '../../errors.js';
import { blobPath } from '../../storage/blob-path.js';

/** A path that was never used, in the named store, for the same bytes as at another path. */
export function freshPath(path: string, store: string): string {
  const name = /\/([0-9a-f]{64})\.[^/]+$/.exec(path)?.[1];
  if (name === undefined) {
    throw new GranaryError('Internal', 'The path of a blob is malformed.');
  }
  return blobPath(store, Buffer.from(name, 'hex'), uuid());
}
