import { initiatorsOf, type ListedOwners, ownersOfUploads } from '../../operations/objects/listed-owners.js';
import { listUploads, type UploadEntry } from '../../operations/uploads/list-uploads.js';
import { type Answer, bucketAddress, type Exchange, xmlAnswer } from '../exchange.js';
import { commonPrefix, type Encode, echo, ownerElement } from '../list-elements.js';
import { formatDocumentDate } from '../protocol/dates.js';
import { parseEncoding, parsePageSize } from '../protocol/list-parameters.js';
import { element, s3Document, type Xml } from '../protocol/xml-writer.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html */
export async function listMultipartUploads(exchange: Exchange): Promise<Answer> {
  const { query } = exchange.request;
  const limit = parsePageSize(query, 'max-uploads');
  const { type, encode } = parseEncoding(query);
  const prefix = query.get('prefix');
  const delimiter = query.get('delimiter') || undefined;
  const keyMarker = query.get('key-marker') ?? '';
  // AWS: without a key marker the upload id marker is ignored.
  const uploadIdMarker = keyMarker === '' ? undefined : query.get('upload-id-marker') || undefined;
  const address = bucketAddress(exchange);
  const input = { ...address, prefix, delimiter, keyMarker: keyMarker || undefined, uploadIdMarker, limit };
  const { bucket, entries, truncated } = await listUploads(exchange.context, input);
  const ids = entries.flatMap((entry) => (entry.kind === 'upload' ? [entry.upload.id] : []));
  const people = {
    initiators: await initiatorsOf(exchange.context, bucket, ids),
    owners: await ownersOfUploads(exchange.context, bucket, ids),
  };
  return xmlAnswer(
    s3Document('ListMultipartUploadsResult', [
      element('Bucket', address.bucket),
      echo('KeyMarker', keyMarker, encode),
      element('UploadIdMarker', uploadIdMarker ?? ''),
      ...(truncated ? nextMarkers(entries.at(-1), encode) : []),
      echo('Prefix', prefix ?? '', encode),
      echo('Delimiter', delimiter, encode),
      element('EncodingType', type),
      element('MaxUploads', limit),
      element('IsTruncated', truncated),
      ...entries.map((entry) => entryElement(entry, encode, people)),
    ]),
  );
}

interface People {
  initiators: ListedOwners<string>;
  owners: ListedOwners<string>;
}

function entryElement(entry: UploadEntry, encode: Encode, { initiators, owners }: People): Xml | undefined {
  if (entry.kind === 'prefix') {
    return commonPrefix(entry.prefix, encode);
  }
  const { upload } = entry;
  return element('Upload', [
    element('Key', encode(upload.key)),
    element('UploadId', upload.id),
    ownerElement('Initiator', initiators(upload.id)),
    ownerElement('Owner', owners(upload.id)),
    element('StorageClass', upload.storageClass),
    element('Initiated', formatDocumentDate(upload.createdAt)),
    element('ChecksumAlgorithm', upload.checksumAlgorithm ?? undefined),
    element('ChecksumType', upload.checksumType ?? undefined),
  ]);
}

function nextMarkers(last: UploadEntry | undefined, encode: Encode): (Xml | undefined)[] {
  if (last === undefined) {
    return [];
  }
  return last.kind === 'prefix'
    ? [echo('NextKeyMarker', last.prefix, encode)]
    : [echo('NextKeyMarker', last.upload.key, encode), element('NextUploadIdMarker', last.upload.id)];
}
