import { GranaryError } from '../errors.js';

export const STORAGE_CLASSES = ['hot', 'cold'] as const;

/** Where bytes lie: `hot` is the fast medium, `cold` the cheap one. */
export type BlobClass = (typeof STORAGE_CLASSES)[number];

const BLOB_PATH = /^(?:hot|cold)\/[0-9a-f]{2}\/[0-9a-f]{2}\/[0-9a-f]{64}\.[0-9A-Za-z_-]{1,64}$/;
const STAGING_NAME = /^[0-9A-Za-z_-]{1,128}$/;

/** A blob's path, for example `hot/9f/86/9f86d0….42`. It holds the blob's id, so no path is ever used twice. */
export function blobPath(storageClass: BlobClass, sha256: Buffer, blobId: string): string {
  const address = sha256.toString('hex');
  return assertBlobPath(`${storageClass}/${address.slice(0, 2)}/${address.slice(2, 4)}/${address}.${blobId}`);
}

/** Refuses what `blobPath` would not make, so that no wrong row ever leads out of the store. */
export function assertBlobPath(path: string): string {
  if (!BLOB_PATH.test(path)) throw new GranaryError('Internal', 'The path of a blob is malformed.');
  return path;
}

export function assertStagingName(name: string): string {
  if (!STAGING_NAME.test(name)) throw new GranaryError('Internal', 'The name of a staging file is malformed.');
  return name;
}
