import { type CompleteUploadInput, completeUpload } from '../../operations/uploads/complete-upload.js';
import { type Answer, type Exchange, xmlAnswer } from '../exchange.js';
import { expirationHeaders } from '../expiration-headers.js';
import { readCompletion } from '../incoming-body.js';
import { checksumElements, versionHeaders } from '../object-headers.js';
import { objectLocation } from '../object-location.js';
import { checksumAlgorithms } from '../protocol/checksum-headers.js';
import { writeConditions } from '../protocol/conditions.js';
import { encryptionHeaders } from '../protocol/encryption-headers.js';
import type { RequestHeaders } from '../protocol/request-headers.js';
import { s3Error } from '../protocol/s3-error.js';
import { parseXml, type XmlElement } from '../protocol/xml-reader.js';
import { element, s3Document } from '../protocol/xml-writer.js';
import { readReplica } from '../replica-request.js';
import { uploadAddress } from '../upload-address.js';

const checksumNames = Object.values(checksumAlgorithms);

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
    objectSize: objectSize(headers),
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
  if (!/^\d{1,5}$/.test(number)) {
    throw s3Error('MalformedXML');
  }
  const etag = part.requiredText('ETag').trim();
  const checksum = checksumNames.map(({ element: name }) => part.text(name)).find((text) => text !== undefined);
  return { partNumber: Number(number), etag, ...(checksum === undefined ? {} : { checksum: checksum.trim() }) };
}

/** Here a checksum header is the whole object's, not the document's. */
function objectChecksum({ values }: RequestHeaders): { value: string } | undefined {
  const sent = checksumNames.map(({ header }) => values[header]).filter((value) => value !== undefined);
  if (sent.length > 1) {
    throw s3Error(
      'InvalidRequest',
      'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
    );
  }
  return sent[0] === undefined ? undefined : { value: sent[0] };
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
