import { isGranaryError } from '../errors.js';
import { getBucket } from '../operations/get-bucket.js';
import type { BriefObject, BucketInfo } from '../operations/types.js';
import { bucketAddress, type Exchange } from './exchange.js';
import { formatDocumentDate } from './protocol/dates.js';
import { element, type Xml } from './protocol/xml-writer.js';

/** How names are written in one listing. */
export type Encode = (name: string) => string;

/** The owner that listings show, which is the bucket's; nothing when the caller may not see the bucket itself. */
export async function ownerOf(exchange: Exchange): Promise<BucketInfo | undefined> {
  try {
    return await getBucket(exchange.context, bucketAddress(exchange));
  } catch (error) {
    // The listing itself was allowed; that its caller may not see the bucket is told as Denied, or to outsiders NotFound.
    if (isGranaryError(error, 'Denied', 'NotFound')) {
      return undefined;
    }
    throw error;
  }
}

export function ownerElement(name: 'Owner' | 'Initiator', bucket: BucketInfo | undefined): Xml | undefined {
  return (
    bucket && element(name, [element('ID', bucket.ownerCanonicalId), element('DisplayName', bucket.ownerDisplayName)])
  );
}

/** What listings of objects and of versions say of each, beside its name. */
export function entryElements(object: BriefObject): (Xml | undefined)[] {
  return [
    element('LastModified', formatDocumentDate(object.createdAt)),
    element('ETag', `"${object.etag}"`),
    element('ChecksumAlgorithm', object.checksum?.algorithm),
    element('ChecksumType', object.checksum?.type),
    element('Size', object.size),
    element('StorageClass', object.storageClass),
  ];
}

export function commonPrefix(prefix: string, encode: Encode): Xml | undefined {
  return element('CommonPrefixes', [element('Prefix', encode(prefix))]);
}

/** A parameter as it was sent, in the encoding of the listing; absent when it was not sent. */
export function echo(name: string, value: string | undefined, encode: Encode): Xml | undefined {
  return element(name, value === undefined ? undefined : encode(value));
}
