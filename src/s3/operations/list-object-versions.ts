import { listVersions, type VersionEntry } from '../../operations/objects/list-versions.js';
import { type ListedOwners, ownersOfVersions } from '../../operations/objects/listed-owners.js';
import { type Answer, bucketAddress, type Exchange, xmlAnswer } from '../exchange.js';
import { commonPrefix, type Encode, echo, entryElements, ownerElement } from '../list-elements.js';
import { formatDocumentDate } from '../protocol/dates.js';
import { parseEncoding, parsePageSize } from '../protocol/list-parameters.js';
import { s3Error } from '../protocol/s3-error.js';
import { element, s3Document, type Xml } from '../protocol/xml-writer.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html */
export async function listObjectVersions(exchange: Exchange): Promise<Answer> {
  const { query } = exchange.request;
  const limit = parsePageSize(query, 'max-keys');
  const { type, encode } = parseEncoding(query);
  const prefix = query.get('prefix');
  const delimiter = query.get('delimiter') || undefined;
  const keyMarker = query.get('key-marker') ?? '';
  const versionIdMarker = query.get('version-id-marker') || undefined;
  if (versionIdMarker !== undefined && keyMarker === '') {
    throw s3Error('InvalidArgument', 'A version-id marker cannot be specified without a key marker.', {
      ArgumentName: 'version-id-marker',
      ArgumentValue: versionIdMarker,
    });
  }
  const address = bucketAddress(exchange);
  const input = { ...address, prefix, delimiter, keyMarker: keyMarker || undefined, versionIdMarker, limit };
  const { bucket, entries, truncated } = await listVersions(exchange.context, input);
  const ids = entries.flatMap((entry) => (entry.kind === 'version' ? [entry.object.id] : []));
  const owners = await ownersOfVersions(exchange.context, bucket, ids);
  return xmlAnswer(
    s3Document('ListVersionsResult', [
      element('Name', address.bucket),
      echo('Prefix', prefix ?? '', encode),
      echo('Delimiter', delimiter, encode),
      echo('KeyMarker', keyMarker, encode),
      element('VersionIdMarker', versionIdMarker ?? ''),
      ...(truncated ? nextMarkers(entries.at(-1), encode) : []),
      element('MaxKeys', limit),
      element('EncodingType', type),
      element('IsTruncated', truncated),
      ...entries.map((entry) => entryElement(entry, encode, owners)),
    ]),
  );
}

function entryElement(entry: VersionEntry, encode: Encode, owners: ListedOwners<number>): Xml | undefined {
  if (entry.kind === 'prefix') {
    return commonPrefix(entry.prefix, encode);
  }
  const { object } = entry;
  const owner = ownerElement('Owner', owners(object.id));
  const head = [
    element('Key', encode(object.key)),
    element('VersionId', object.versionId),
    element('IsLatest', object.isLatest),
  ];
  return object.deleteMarker
    ? element('DeleteMarker', [...head, element('LastModified', formatDocumentDate(object.createdAt)), owner])
    : element('Version', [...head, ...entryElements(object), owner]);
}

function nextMarkers(last: VersionEntry | undefined, encode: Encode): (Xml | undefined)[] {
  if (last === undefined) {
    return [];
  }
  return last.kind === 'prefix'
    ? [echo('NextKeyMarker', last.prefix, encode)]
    : [echo('NextKeyMarker', last.object.key, encode), element('NextVersionIdMarker', last.object.versionId)];
}
