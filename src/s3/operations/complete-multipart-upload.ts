import { type CompleteUploadInput, completeUpload } from '../../operations/uploads/complete-upload.js';
import { type Answer, type Exchange, xmlAnswer } from '../exchange.js';
import { expirationHeaders } from '../expiration-headers.js';
import { readCompletion } from '../incoming-body.js';
import { checksumElements, versionHeaders } from '../object-headers.js';
import { objectLocation } from '../object-location.js';
import { checksumAlgorithms, isChecksum, parseChecksumType } from '../protocol/checksum-headers.js';
import { writeConditions } from '../protocol/conditions.js';
import { encryptionHeaders, readCustomerKey } from '../protocol/encryption-headers.js';
import type { RequestHeaders } from '../protocol/request-headers.js';
import { s3Error } from '../protocol/s3-error.js';
import { parseXml, type XmlElement } from '../protocol/xml-reader.js';
import { element, s3Document } from '../protocol/xml-writer.js';
import { readReplica } from '../replica-request.js';
import { uploadAddress } from '../upload-address.js';

const algorithms = Object.keys(checksumAlgorithms) as (keyof typeof checksumAlgorithms)[];

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html */
export async function completeMultipartUpload(exchange: Exchange): Promise<Answer> {
  const { headers } = exchange.request;
  const address = uploadAddress(exchange);
  const replica = await readReplica(exchange, 's3:ReplicateObject');
  const parts = parseParts(await readCompletion(exchange));
  const written = await completeUpload(exchange.context, {
    ...address,
    parts,
    conditions: writeConditions(headers),
    checksum: objectChecksum(headers),
    checksumType: parseChecksumType(headers),
    objectSize: objectSize(headers),
    customerKey: readCustomerKey(headers),
    ...replica,
  });
  const { object } = written;
  return xmlAnswer(
    s3Document('CompleteMultipartUploadResult', [
      element('Location', objectLocation(exchange, address.key)),
      element('Bucket', address.bucket),
      element('Key', address.key),
      element('ETag', `"${object.etag}"`),
      ...checksumElements(object.checksum),
    ]),
    [
      ...encryptionHeaders(object.encryption),
      ...versionHeaders(written),
      ...(await expirationHeaders(exchange, object)),
    ],
  );
}

type Part = NonNullable<CompleteUploadInput['parts']>[number];

function parseParts(body: Buffer): Part[] {
  const parts = parseXml(body, 'CompleteMultipartUpload').children('Part');
  if (parts.length === 0 || parts.length > 10_000) {
    throw s3Error('MalformedXML');
  }
  return parts.map(parsePart);
}

function parsePart(part: XmlElement): Part {
  const number = part.requiredText('PartNumber').trim();
  if (/^(?:0+|-\d{1,10})$/.test(number)) {
    throw s3Error('InvalidArgument', 'PartNumber must be >= 1', { ArgumentName: 'PartNumber', ArgumentValue: number });
  }
  if (!/^\d{1,5}$/.test(number)) {
    throw s3Error('MalformedXML');
  }
  const etag = part.requiredText('ETag').trim();
  return { partNumber: Number(number), etag, ...partChecksum(part) };
}

function partChecksum(part: XmlElement): Pick<Part, 'checksum' | 'checksumAlgorithm'> {
  const sent = algorithms.flatMap((algorithm) => {
    const value = part.text(checksumAlgorithms[algorithm].element)?.trim();
    return value === undefined ? [] : [{ algorithm, value }];
  });
  const [only] = sent;
  if (only === undefined) {
    return {};
  }
  if (sent.length > 1 || !isChecksum(only.algorithm, only.value)) {
    throw s3Error('InvalidArgument', 'Invalid Base64 or multiple checksums present in request', {
      ArgumentName: 'Checksum',
      ArgumentValue:
        sent.length > 1 ? sent.map(({ algorithm, value }) => `${algorithm}:${value};`).join('') : only.value,
    });
  }
  return { checksum: only.value, checksumAlgorithm: only.algorithm };
}

/** Here a checksum header is the whole object's, not the document's. */
function objectChecksum({ values }: RequestHeaders): { value: string } | undefined {
  const sent = algorithms.filter((algorithm) => values[checksumAlgorithms[algorithm].header] !== undefined);
  const [algorithm] = sent;
  if (algorithm === undefined) {
    return undefined;
  }
  if (sent.length > 1) {
    throw s3Error(
      'InvalidRequest',
      'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
    );
  }
  const { header } = checksumAlgorithms[algorithm];
  const value = values[header] ?? '';
  if (!isChecksum(algorithm, value.replace(/-[1-9]\d{0,4}$/, ''))) {
    throw s3Error('InvalidRequest', `Value for ${header} header is invalid.`);
  }
  return { value };
}

function objectSize({ values }: RequestHeaders): number | undefined {
  const text = values['x-amz-mp-object-size'];
  if (text === undefined) {
    return undefined;
  }
  if (!/^\d{1,15}$/.test(text)) {
    throw s3Error('InvalidRequest', 'Value for x-amz-mp-object-size header is invalid.');
  }
  return Number(text);
}
