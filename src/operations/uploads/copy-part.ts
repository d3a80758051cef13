import { GranaryError } from '../../errors.js';
import { asking } from '../access/asking.js';
import { askingForPart } from '../access/asking-for-part.js';
import { openBucket } from '../access/authorize.js';
import type { RequestContext } from '../context.js';
import { checkCustomerKey } from '../encryption/seal-content.js';
import { bytesOf } from '../objects/copy-content.js';
import { findVersion } from '../objects/find-version.js';
import { contentOf } from '../objects/open-content.js';
import { checkCopyConditions } from '../objects/read-conditions.js';
import { formatVersionId, toObjectInfo } from '../objects/version-row.js';
import type { CustomerKey, ReadConditions, VersionAddress } from '../types.js';
import { findOpenUpload, type UploadAddress } from './find-upload.js';
import { putPart, requirePartNumber } from './put-part.js';
import type { StoredPart } from './upload-row.js';

export interface CopyPartInput extends UploadAddress {
  partNumber: number;
  source: VersionAddress;
  /** Inclusive; the whole source when absent. */
  range?: { start: number; end: number };
  sourceConditions?: ReadConditions;
  /** Of a source with SSE-C. */
  sourceKey?: CustomerKey;
  /** Of an upload with SSE-C. */
  customerKey?: CustomerKey;
}

/**
 * Stores a part whose bytes are those of another object, or of a range of it. The bytes pass through the store again:
 * a part needs an MD5 of its own, and where they are there already only the row is new.
 */
export async function copyPart(
  context: RequestContext,
  input: CopyPartInput,
): Promise<StoredPart & { sourceVersionId?: string }> {
  requirePartNumber(input.partNumber);
  const { granary } = context;
  const asked = asking(await askingForPart(context, input), { copySource: input.source });
  const bucket = await openBucket(asked, input, 's3:PutObject');
  await findOpenUpload(granary.database, bucket, input);
  const { bucket: from, version } = await findVersion(context, {
    ...input.source,
    want: 'content',
    action: 's3:GetObject',
    ...(input.sourceKey === undefined ? {} : { customerKey: input.sourceKey }),
  });
  checkCustomerKey(version.encryption, input.sourceKey);
  checkCopyConditions(toObjectInfo(version), input.sourceConditions);
  if (input.range !== undefined && (input.range.end >= version.size || input.range.start > input.range.end)) {
    throw new GranaryError('InvalidInput', `Range specified is not valid for source object of size: ${version.size}`, {
      reason: 'InvalidArgument',
      data: { ArgumentName: 'x-amz-copy-source-range', ArgumentValue: `bytes=${input.range.start}-${input.range.end}` },
    });
  }
  const length = input.range === undefined ? version.size : input.range.end - input.range.start + 1;
  const { bucket: name, tenant, key, uploadId, partNumber } = input;
  const part = await putPart(context, {
    bucket: name,
    ...(tenant === undefined ? {} : { tenant }),
    key,
    uploadId,
    partNumber,
    of: 'COPY',
    body: {
      stream: bytesOf(contentOf(granary, version, { range: input.range, customerKey: input.sourceKey })),
      length,
    },
    ...(input.customerKey === undefined ? {} : { customerKey: input.customerKey }),
  });
  return from.versioning === 'UNVERSIONED' ? part : { ...part, sourceVersionId: formatVersionId(version) };
}
