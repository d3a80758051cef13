import { GranaryError } from '../errors.js';

/** The stores that there are without any setting: `hot` is the fast medium, `cold` the cheap one. */
export const BUILT_IN_STORES = ['hot', 'cold'] as const;

const BLOB_PATH = /^[a-z][a-z0-9-]{0,30}\/[0-9a-f]{2}\/[0-9a-f]{2}\/[0-9a-f]{64}\.[0-9A-Za-z_-]{1,64}$/;
const STAGING_NAME = /^[0-9A-Za-z_-]{1,128}$/;

/**
 * A blob's path, for example `hot/9f/86/9f86d0….42`. It holds the id of the file, so no path is ever used twice.
 * @param store a name as `BlobStore.stores` has it.
 * @param name 32 bytes, spread evenly: a digest of the content, or an HMAC where the name must not tell the content.
 */
export function blobPath(store: string, name: Buffer, fileId: string): string {
  const address = name.toString('hex');
  return assertBlobPath(`${store}/${address.slice(0, 2)}/${address.slice(2, 4)}/${address}.${fileId}`);
}

/** Refuses what `blobPath` would not make, so that no wrong row ever leads out of the store. */
export function assertBlobPath(path: string): string {
  if (!BLOB_PATH.test(path)) throw new GranaryError('Internal', 'The path of a blob is malformed.');
  return path;
}

/** The first part of a path: the name of the store that has it. */
export function storeOf(path: string): string {
  return path.split('/', 1)[0] ?? '';
}

export function assertStagingName(name: string): string {
  if (!STAGING_NAME.test(name)) throw new GranaryError('Internal', 'The name of a staging file is malformed.');
  return name;
}
