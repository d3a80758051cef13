import { type ListEntry, type ListPage, listBriefObjects } from '../../operations/objects/list-objects.js';
import { type ListedOwner, type ListedOwners, ownersOfVersions } from '../../operations/objects/listed-owners.js';
import type { BriefObject } from '../../operations/types.js';
import { type Answer, bucketAddress, type Exchange, xmlAnswer } from '../exchange.js';
import { commonPrefix, type Encode, echo, entryElements, ownerElement } from '../list-elements.js';
import { formatToken, parseEncoding, parsePageSize, parseToken } from '../protocol/list-parameters.js';
import { s3Error } from '../protocol/s3-error.js';
import { element, s3Document, type Xml } from '../protocol/xml-writer.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html and API_ListObjectsV2.html, by `list-type`. */
export async function listObjects(exchange: Exchange): Promise<Answer> {
  const version = exchange.request.query.get('list-type');
  if (version === undefined || version === '' || version === '1') {
    return listVersion1(exchange);
  }
  if (version !== '2') {
    throw s3Error('InvalidArgument', 'Invalid List Type', { ArgumentName: 'list-type', ArgumentValue: version });
  }
  return listVersion2(exchange);
}

async function listVersion1(exchange: Exchange): Promise<Answer> {
  const { query } = exchange.request;
  const marker = query.get('marker') ?? '';
  const listed = await page(exchange, marker || undefined);
  const { entries, truncated, parameters, encode } = listed;
  const owners = await ownersOf(exchange, listed);
  const delimiter = query.get('delimiter') || undefined;
  // With a delimiter the last entry may be a prefix, which clients cannot know to be the next marker.
  const next = truncated && delimiter !== undefined ? lastName(entries) : undefined;
  return xmlAnswer(
    s3Document('ListBucketResult', [
      ...parameters,
      echo('Marker', marker, encode),
      echo('NextMarker', next, encode),
      element('IsTruncated', truncated),
      ...contents(entries, encode, owners),
    ]),
  );
}

async function listVersion2(exchange: Exchange): Promise<Answer> {
  const { query } = exchange.request;
  const token = query.get('continuation-token');
  const startAfter = query.get('start-after') || undefined;
  const listed = await page(exchange, parseToken(token) ?? startAfter);
  const { entries, truncated, parameters, encode } = listed;
  const owners = query.get('fetch-owner')?.toLowerCase() === 'true' ? await ownersOf(exchange, listed) : undefined;
  const last = truncated ? lastName(entries) : undefined;
  return xmlAnswer(
    s3Document('ListBucketResult', [
      ...parameters,
      element('KeyCount', entries.length),
      echo('StartAfter', startAfter, encode),
      element('ContinuationToken', token),
      element('NextContinuationToken', last === undefined ? undefined : formatToken(last)),
      element('IsTruncated', truncated),
      ...contents(entries, encode, owners),
    ]),
  );
}

interface Page extends ListPage<BriefObject> {
  /** The parameters that both versions give back. */
  parameters: (Xml | undefined)[];
  encode: Encode;
}

async function page(exchange: Exchange, after: string | undefined): Promise<Page> {
  const { query } = exchange.request;
  const limit = parsePageSize(query, 'max-keys');
  const { type, encode } = parseEncoding(query);
  const prefix = query.get('prefix');
  const delimiter = query.get('delimiter') || undefined;
  const address = bucketAddress(exchange);
  const { bucket, entries, truncated } = await listBriefObjects(exchange.context, {
    ...address,
    ...{ prefix, delimiter, after, limit },
  });
  const parameters = [
    element('Name', address.bucket),
    echo('Prefix', prefix ?? '', encode),
    echo('Delimiter', delimiter, encode),
    element('MaxKeys', limit),
    element('EncodingType', type),
  ];
  return { bucket, entries, truncated: truncated && limit > 0, parameters, encode };
}

function ownersOf({ context }: Exchange, { bucket, entries }: Page): Promise<ListedOwners<number>> {
  const ids = entries.flatMap((entry) => (entry.kind === 'object' ? [entry.object.id] : []));
  return ownersOfVersions(context, bucket, ids);
}

function contents(
  entries: ListEntry<BriefObject>[],
  encode: Encode,
  owners: ListedOwners<number> | undefined,
): (Xml | undefined)[] {
  const shown = new Map<ListedOwner | undefined, Xml | undefined>();
  const show = (owner: ListedOwner | undefined): Xml | undefined => {
    if (!shown.has(owner)) {
      shown.set(owner, ownerElement('Owner', owner));
    }
    return shown.get(owner);
  };
  return entries.map((entry) =>
    entry.kind === 'prefix'
      ? commonPrefix(entry.prefix, encode)
      : element('Contents', [
          element('Key', encode(entry.object.key)),
          ...entryElements(entry.object),
          show(owners?.(entry.object.id)),
        ]),
  );
}

function lastName(entries: ListEntry<BriefObject>[]): string | undefined {
  const last = entries.at(-1);
  return last?.kind === 'prefix' ? last.prefix : last?.object.key;
}
