import type { ListedOwner } from '../operations/objects/listed-owners.js';
import type { BriefObject } from '../operations/types.js';
import { formatDocumentDate } from './protocol/dates.js';
import { element, type Xml } from './protocol/xml-writer.js';

/** How names are written in one listing. */
export type Encode = (name: string) => string;

export function ownerElement(name: 'Owner' | 'Initiator', owner: ListedOwner | undefined): Xml | undefined {
  return owner && element(name, [element('ID', owner.canonicalId), element('DisplayName', owner.displayName)]);
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
