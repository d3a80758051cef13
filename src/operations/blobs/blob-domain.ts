import { GranaryError } from '../../errors.js';

/**
 * Where equal bytes are shared, as `blob.domain` has it: the place (a store, or `row` for bytes in their row) and
 * behind it whose key seals them, as `Protection.domain` names that. Null for bytes that are shared with nobody.
 */
export function blobDomain(place: string, protection: string | null): string | null {
  return protection === null ? null : place + protection;
}

/** The domain of the same bytes in another store. */
export function domainInStore(domain: string | null, store: string): string | null {
  if (domain === null) {
    return null;
  }
  const protection = /^[a-z][a-z0-9-]*(\/.+)?$/.exec(domain);
  if (protection === null) {
    throw new GranaryError('Internal', 'The domain of a blob is malformed.');
  }
  return blobDomain(store, protection[1] ?? '');
}
