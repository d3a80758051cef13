import { initiatorsOf, ownersOfUploads } from '../../operations/objects/listed-owners.js';
import { listParts as list } from '../../operations/uploads/list-parts.js';
import type { PartInfo, UploadInfo } from '../../operations/uploads/upload-row.js';
import { type Answer, type Exchange, xmlAnswer } from '../exchange.js';
import { ownerElement } from '../list-elements.js';
import { checksumAlgorithms } from '../protocol/checksum-headers.js';
import { formatDocumentDate } from '../protocol/dates.js';
import { parseNumberMarker, parsePageSize } from '../protocol/list-parameters.js';
import { element, s3Document, type Xml } from '../protocol/xml-writer.js';
import { uploadAddress } from '../upload-address.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html */
export async function listParts(exchange: Exchange): Promise<Answer> {
  const { query } = exchange.request;
  const address = uploadAddress(exchange);
  const limit = parsePageSize(query, 'max-parts');
  const after = parseNumberMarker(query, 'part-number-marker');
  const { bucket, upload, parts, truncated } = await list(exchange.context, { ...address, after, limit });
  const initiator = (await initiatorsOf(exchange.context, bucket, [upload.id]))(upload.id);
  const owner = (await ownersOfUploads(exchange.context, bucket, [upload.id]))(upload.id);
  return xmlAnswer(
    s3Document('ListPartsResult', [
      element('Bucket', address.bucket),
      element('Key', address.key),
      element('UploadId', upload.id),
      ownerElement('Initiator', initiator),
      ownerElement('Owner', owner),
      element('StorageClass', upload.storageClass),
      element('ChecksumAlgorithm', upload.checksumAlgorithm ?? undefined),
      element('ChecksumType', upload.checksumType ?? undefined),
      element('PartNumberMarker', after),
      element('NextPartNumberMarker', parts.at(-1)?.partNumber ?? 0),
      element('MaxParts', limit),
      element('IsTruncated', truncated),
      ...parts.map((part) => partElement(part, upload)),
    ]),
  );
}

function partElement(part: PartInfo, { checksumAlgorithm }: UploadInfo): Xml | undefined {
  return element('Part', [
    element('PartNumber', part.partNumber),
    element('LastModified', formatDocumentDate(part.createdAt)),
    element('ETag', `"${part.etag}"`),
    element('Size', part.size),
    checksumAlgorithm === null
      ? undefined
      : element(checksumAlgorithms[checksumAlgorithm].element, part.checksum ?? undefined),
  ]);
}
