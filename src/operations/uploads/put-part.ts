import { type Queryable, retryConflicts, statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import { askingForPart } from '../access/asking-for-part.js';
import { openBucket } from '../access/authorize.js';
import { blobParameters, type ReceivedBlob, receiveBlob, storeBlob } from '../blobs/receive-blob.js';
import type { BucketState } from '../buckets/bucket-cache.js';
import type { RequestContext } from '../context.js';
import { noSuchUpload, rejectOutcome } from '../objects/write-outcome.js';
import { quotaExceeded, refusePartBeforeBody } from '../tenants/quotas.js';
import type { CustomerKey, IncomingBody } from '../types.js';
import { findOpenUpload, lockUpload, type UploadAddress } from './find-upload.js';
import { encryptionOfPart } from './upload-encryption.js';
import { progressOf } from './upload-parts-sum.js';
import type { StoredPart, UploadRow } from './upload-row.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
export const maxPartSize = 5 * 1024 ** 3;
export const maxPartNumber = 10_000;

export interface PutPartInput extends UploadAddress {
  partNumber: number;
  /** How many bytes the other parts must have when this one is added, and it must not be there yet. */
  offset?: number;
  body: IncomingBody;
  /** Of an upload with SSE-C: the key it was created with. */
  customerKey?: CustomerKey;
  /** The bytes are already here: nobody sends a checksum with them. */
  of?: 'COPY';
}

const putPartStatement = statement(
  'put_part',
  'SELECT * FROM put_part($1, $2, $3::uuid, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)',
);

/** Stores one part of an upload; a part of the same number is replaced. */
export async function putPart(context: RequestContext, input: PutPartInput): Promise<StoredPart> {
  requirePartNumber(input.partNumber);
  const { granary } = context;
  const asked = await askingForPart(context, input);
  const bucket = await openBucket(asked, input, 's3:PutObject');
  const upload = await findOpenUpload(granary.database, bucket, input);
  const body = withChecksumOf(upload, input);
  await refusePartBeforeBody(context, bucket, { ...input, size: body.length });
  const blob = await receiveBlob(granary, bucket, {
    body,
    key: input.key,
    contentType: upload.contentType,
    storageClass: upload.storageClass,
    encryption: encryptionOfPart(upload, input.customerKey),
    maxSize: maxPartSize,
  });
  return storeBlob(granary, blob, () => commitPart(context, { bucket, input: { ...input, body }, blob }));
}

/** Throws unless 1 to 10000. */
export function requirePartNumber(partNumber: number): void {
  if (!Number.isInteger(partNumber) || partNumber < 1 || partNumber > maxPartNumber) {
    throw new GranaryError('InvalidInput', `Part number must be an integer between 1 and ${maxPartNumber}, inclusive`, {
      reason: 'InvalidArgument',
      field: ['partNumber'],
      data: { ArgumentName: 'partNumber', ArgumentValue: partNumber },
    });
  }
}

/**
 * A part must carry the upload's algorithm, if any. Where the client sent none the server computes it, for what is
 * known of the whole object in the end; a checksum of checksums proves something only when all of them were sent.
 */
function withChecksumOf(upload: UploadRow, { body, of }: PutPartInput): IncomingBody {
  const algorithm = upload.checksumAlgorithm;
  if (algorithm === null || body.checksum?.algorithm === algorithm) {
    return body;
  }
  if (body.checksum !== undefined || (upload.checksumType === 'COMPOSITE' && of !== 'COPY')) {
    throw new GranaryError(
      'InvalidInput',
      `Checksum Type mismatch occurred, expected checksum Type: ${algorithm.toLowerCase()}, ` +
        `actual checksum Type: ${body.checksum?.algorithm.toLowerCase() ?? 'null'}`,
      { reason: 'InvalidRequest' },
    );
  }
  return { ...body, checksum: { algorithm, expected: () => undefined } };
}

async function commitPart(
  context: RequestContext,
  { bucket, input, blob }: { bucket: BucketState; input: PutPartInput; blob: ReceivedBlob },
): Promise<StoredPart> {
  const { granary } = context;
  const { received } = blob;
  const etag = received.md5.toString('hex');
  const limits = await granary.quotas.limitsNear(bucket, received.size);
  const write = (db: Queryable) =>
    db.query<{ outcome: 'ok' | 'missing' | 'lost' | 'quota'; created: Date }>(putPartStatement, [
      bucket.id,
      input.key,
      input.uploadId,
      input.partNumber,
      ...blobParameters(blob),
      etag,
      blob.checksum,
      granary.settings.gcGraceSeconds,
      limits,
    ]);
  const [row] =
    input.offset === undefined
      ? await retryConflicts(() => write(granary.database))
      : await granary.database.transaction(async (tx) => {
          await requireEnd(tx, bucket, input);
          return write(tx);
        });
  if (row?.outcome === 'quota') {
    throw await quotaExceeded(context, bucket);
  }
  if (row?.outcome !== 'ok') {
    throw row?.outcome === 'missing' ? noSuchUpload(input.uploadId) : rejectOutcome('lost', input.key);
  }
  return {
    partNumber: input.partNumber,
    size: received.size,
    etag,
    checksum: blob.checksum,
    checksumAlgorithm: input.body.checksum?.algorithm ?? null,
    encryption: blob.protection.encryption,
    createdAt: row.created,
  };
}

/** No part can come in between from here on; throws `Conflict` when one has. */
async function requireEnd(tx: Queryable, bucket: BucketState, input: PutPartInput): Promise<void> {
  await lockUpload(tx, bucket, input);
  const { receivedBytes, nextPart } = await progressOf(tx, input.uploadId);
  if (receivedBytes !== input.offset || nextPart !== input.partNumber) {
    throw new GranaryError('Conflict', `The upload ends at ${receivedBytes}.`, { reason: 'OffsetMismatch' });
  }
}
