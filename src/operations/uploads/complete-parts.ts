import { createHash } from 'node:crypto';
import { GranaryError } from '../../errors.js';
import { type ChecksumAlgorithm, checksumOf } from '../../storage/checksums.js';
import { combineCrc, isCombinable } from '../../storage/combine-crc.js';
import { entityTag } from '../objects/write-outcome.js';
import type { ChecksumType, ObjectChecksum } from '../types.js';
import type { PartInfo, UploadInfo, UploadRow } from './upload-row.js';

/** A part as the client lists it when it completes an upload. */
export interface CompletePart {
  partNumber: number;
  etag: string;
  /** Base64. */
  checksum?: string;
  /** The upload's when absent. */
  checksumAlgorithm?: ChecksumAlgorithm;
}

/** As it is listed; the server's own list has null for no checksum. */
type ListedPart = Omit<CompletePart, 'checksum'> & { checksum?: string | null | undefined };

/** All parts but the last. https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const minPartSize = 5 * 1024 ** 2;

/** The uploaded parts that the client's list names, or the error that the list deserves. */
export function selectParts<Part extends PartInfo>(
  uploaded: Part[],
  listed: ListedPart[],
  upload: UploadInfo & Pick<UploadRow, 'tus'>,
): Part[] {
  if (listed.length === 0) {
    throw new GranaryError('InvalidInput', 'You must specify at least one part', {
      reason: 'MalformedXML',
      field: ['parts'],
    });
  }
  requireAscending(listed);
  const byNumber = new Map(uploaded.map((part) => [part.partNumber, part]));
  const selected = listed.map((item) => {
    const part = byNumber.get(item.partNumber);
    if (part === undefined || part.etag !== entityTag(item.etag)) {
      throw invalidPart(item.partNumber, upload.id);
    }
    requireListedChecksum(part, item, upload);
    return part;
  });
  if (upload.tus === null) {
    requireMinimum(selected);
  }
  return selected;
}

/** S3's entity tag of a multipart object: the MD5 of the parts' MD5s, a hyphen, their number. */
export function etagOfParts(parts: Pick<PartInfo, 'etag'>[]): string {
  const hash = createHash('md5');
  for (const part of parts) {
    hash.update(entityTag(part.etag) ?? '', 'hex');
  }
  return `${hash.digest('hex')}-${parts.length}`;
}

/** The object's checksum from its parts' ones; throws `BadDigest` when the client expected another. */
export function checksumOfParts(
  parts: PartInfo[],
  upload: UploadInfo,
  expected: string | undefined,
): ObjectChecksum | null {
  const { checksumAlgorithm: algorithm, checksumType: type } = upload;
  if (algorithm === null || type === null) {
    return null;
  }
  const digests = parts.map((part) => ({ checksum: Buffer.from(part.checksum ?? '', 'base64'), size: part.size }));
  const value =
    type === 'FULL_OBJECT' && isCombinable(algorithm)
      ? combineCrc(algorithm, digests).toString('base64')
      : `${checksumOf(algorithm, Buffer.concat(digests.map((digest) => digest.checksum))).toString('base64')}-${parts.length}`;
  if (expected !== undefined && expected !== value && `${expected}-${parts.length}` !== value) {
    throw new GranaryError(
      'DigestMismatch',
      `The ${algorithm.toLowerCase()} you specified did not match the calculated checksum.`,
      {
        reason: 'BadDigest',
      },
    );
  }
  return { algorithm, type, value };
}

/** Throws `InvalidRequest` when the client completes an upload with another type of checksum than it began it with. */
export function requireChecksumType({ checksumType }: UploadInfo, asked: ChecksumType | undefined): void {
  if (asked !== undefined && checksumType !== null && asked !== checksumType) {
    throw new GranaryError(
      'InvalidInput',
      `The upload was created using the ${checksumType} checksum mode. The complete request must use the same checksum mode.`,
      { reason: 'InvalidRequest' },
    );
  }
}

function requireAscending(listed: ListedPart[]): void {
  for (let i = 1; i < listed.length; i++) {
    if ((listed[i]?.partNumber ?? 0) <= (listed[i - 1]?.partNumber ?? 0)) {
      throw new GranaryError(
        'InvalidInput',
        'The list of parts was not in ascending order. The parts list must be specified in order by part number.',
        { reason: 'InvalidPartOrder', field: ['parts'] },
      );
    }
  }
}

/** With composite checksums AWS wants each part's one again; a full-object upload may leave them out. */
function requireListedChecksum(part: PartInfo, item: ListedPart, upload: UploadInfo): void {
  const { checksumAlgorithm: algorithm, checksumType: type } = upload;
  const listed = item.checksum ?? undefined;
  if (algorithm !== null && listed !== undefined && (item.checksumAlgorithm ?? algorithm) !== algorithm) {
    throw new GranaryError(
      'DigestMismatch',
      `The ${item.checksumAlgorithm?.toLowerCase()} you specified for part ${item.partNumber} did not match what we received.`,
      { reason: 'BadDigest' },
    );
  }
  if (algorithm === null || listed === (part.checksum ?? undefined)) {
    return;
  }
  if (listed !== undefined) {
    throw invalidPart(item.partNumber, upload.id);
  }
  if (type === 'COMPOSITE') {
    throw new GranaryError(
      'InvalidInput',
      `The upload was created using a ${algorithm.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part ${item.partNumber} in the request.`,
      { reason: 'InvalidRequest', field: ['parts'] },
    );
  }
}

function requireMinimum(parts: PartInfo[]): void {
  const small = parts.slice(0, -1).find((part) => part.size < minPartSize);
  if (small !== undefined) {
    throw new GranaryError('InvalidInput', 'Your proposed upload is smaller than the minimum allowed size', {
      reason: 'EntityTooSmall',
      field: ['parts'],
      data: { ProposedSize: small.size, MinSizeAllowed: minPartSize, PartNumber: small.partNumber, ETag: small.etag },
    });
  }
}

function invalidPart(partNumber: number, uploadId: string): GranaryError {
  return new GranaryError(
    'InvalidInput',
    "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
    { reason: 'InvalidPart', field: ['parts'], data: { PartNumber: partNumber, UploadId: uploadId } },
  );
}
