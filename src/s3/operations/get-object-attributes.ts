import {
  type DescribedObject,
  getObjectAttributes as describe,
} from '../../operations/objects/get-object-attributes.js';
import type { ObjectInfo } from '../../operations/types.js';
import { type Answer, type Exchange, versionAddress, xmlAnswer } from '../exchange.js';
import { checksumElements } from '../object-headers.js';
import { checksumAlgorithms } from '../protocol/checksum-headers.js';
import { formatHttpDate } from '../protocol/dates.js';
import { readCustomerKey } from '../protocol/encryption-headers.js';
import { s3Error } from '../protocol/s3-error.js';
import { element, s3Document, type Xml } from '../protocol/xml-writer.js';
import { requireBucket } from '../require-bucket.js';

const attributeNames = ['ETag', 'Checksum', 'ObjectParts', 'StorageClass', 'ObjectSize'];
const maxParts = 1000;

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html */
export async function getObjectAttributes(exchange: Exchange): Promise<Answer> {
  const { headers } = exchange.request;
  await requireBucket(exchange);
  const wanted = readNames(headers.values['x-amz-object-attributes']);
  const page = {
    after: readNumber(exchange, 'x-amz-part-number-marker', 0),
    limit: Math.min(readNumber(exchange, 'x-amz-max-parts', maxParts), maxParts),
  };
  const customerKey = readCustomerKey(headers);
  const described = await describe(exchange.context, {
    ...versionAddress(exchange),
    ...(customerKey === undefined ? {} : { customerKey }),
    ...(wanted.has('ObjectParts') ? { parts: page } : {}),
  });
  const { object, versioned } = described;
  const { checksum } = object;
  const elements: [name: string, value: Xml | undefined][] = [
    ['ETag', element('ETag', object.etag)],
    ['Checksum', checksum === null ? undefined : element('Checksum', checksumElements(checksum))],
    ['ObjectParts', partsElement(described, page)],
    ['StorageClass', element('StorageClass', object.storageClass)],
    ['ObjectSize', element('ObjectSize', object.size)],
  ];
  return xmlAnswer(
    s3Document(
      'GetObjectAttributesResponse',
      elements.filter(([name]) => wanted.has(name)).map(([, value]) => value),
    ),
    [
      ...['Last-Modified', formatHttpDate(object.createdAt)],
      ...(versioned ? ['x-amz-version-id', object.versionId] : []),
    ],
  );
}

function readNames(header: string | undefined): Set<string> {
  const names = (header ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (names.length === 0) {
    throw s3Error(
      'InvalidRequest',
      'The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty',
    );
  }
  if (names.some((name) => !attributeNames.includes(name))) {
    throw s3Error('InvalidArgument', 'Invalid attribute name specified.', {
      ArgumentName: 'x-amz-object-attributes',
      ArgumentValue: header ?? '',
    });
  }
  return new Set(names);
}

function readNumber({ request }: Exchange, name: string, fallback: number): number {
  const text = request.headers.values[name];
  if (text === undefined) {
    return fallback;
  }
  if (!/^\d{1,9}$/.test(text)) {
    throw s3Error('InvalidArgument', `Argument ${name} must be an integer between 0 and 2147483647`, {
      ArgumentName: name,
      ArgumentValue: text,
    });
  }
  return Number(text);
}

/** With their checksums where they have some; S3, which gives each object a checksum, tells of all parts. */
function partsElement(
  { object, parts }: DescribedObject,
  { after, limit }: { after: number; limit: number },
): Xml | undefined {
  if (parts === undefined) {
    return undefined;
  }
  return element('ObjectParts', [
    element('PartsCount', object.partCount),
    element('PartNumberMarker', after),
    element('NextPartNumberMarker', parts.list.at(-1)?.partNumber ?? after),
    element('MaxParts', limit),
    element('IsTruncated', parts.truncated),
    ...parts.list.map(({ partNumber, size, checksum }) =>
      element('Part', [element('PartNumber', partNumber), element('Size', size), checksumOfPart(object, checksum)]),
    ),
  ]);
}

function checksumOfPart({ checksum: whole }: ObjectInfo, checksum: string | null): Xml | undefined {
  return whole === null || checksum === null
    ? undefined
    : element(checksumAlgorithms[whole.algorithm].element, checksum);
}
