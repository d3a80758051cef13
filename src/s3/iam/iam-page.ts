import type { PageRequest } from '../../operations/page.js';
import { element, type Xml } from '../protocol/xml-writer.js';
import type { Parameters } from '../query-api/parameters.js';

/** `Marker` and `MaxItems`: https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUsers.html */
export function pageOf(parameters: Parameters): PageRequest {
  const marker = parameters.get('Marker');
  const after = marker === undefined ? {} : { after: Buffer.from(marker, 'base64url').toString('utf8') };
  return { ...after, limit: parameters.number('MaxItems', { least: 1, most: 1000, usual: 100 }) };
}

interface Listed<Item> {
  /** The element around the members: `Users`. */
  list: string;
  items: readonly Item[];
  truncated: boolean;
  nameOf(item: Item): string;
  describe(item: Item): Xml | (Xml | undefined)[] | string;
}

/** A page of a list, with where it goes on. */
export function pageElements<Item>({ list, items, truncated, nameOf, describe }: Listed<Item>): (Xml | undefined)[] {
  const last = items.at(-1);
  return [
    element(
      list,
      items.map((item) => element('member', describe(item))),
    ),
    element('IsTruncated', truncated),
    truncated && last !== undefined ? element('Marker', markerOf(nameOf(last))) : undefined,
  ];
}

/** Where a list goes on, as clients get it. */
export function markerOf(name: string): string {
  return Buffer.from(name).toString('base64url');
}

/** The same of a list that is short enough to be read whole. */
export function slicedElements<Item>(parameters: Parameters, listed: Omit<Listed<Item>, 'truncated'>) {
  const { after = '', limit } = pageOf(parameters);
  const { nameOf } = listed;
  const beyond = [...listed.items]
    .sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
    .filter((item) => nameOf(item) > after);
  return pageElements({ ...listed, items: beyond.slice(0, limit), truncated: beyond.length > limit });
}
