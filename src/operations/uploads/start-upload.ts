import { GranaryError } from '../../errors.js';
import type { RequestContext } from '../context.js';
import { type CreateUploadInput, createUpload } from './create-upload.js';
import { maxPartNumber, maxPartSize } from './put-part.js';
import { ownStagedUpload, type StagedUpload } from './staged-upload.js';

const mebibyte = 1024 ** 2;
const leastPartSize = 5 * mebibyte;
const usualPartSize = 16 * mebibyte;

/** Opens an upload whose size is known, and decides how it is cut into parts. It takes the right to write the object alone. */
export async function startUpload(
  context: RequestContext,
  input: CreateUploadInput & { size: number },
): Promise<StagedUpload> {
  const { id } = await createUpload(context, { ...input, partSize: partSizeOf(input) });
  return ownStagedUpload(context, id);
}

/** How many parts an object of this size has; an empty one has one as well. */
export function partsOf({ size, partSize }: { size: number; partSize: number }): number {
  return Math.max(1, Math.ceil(size / partSize));
}

function partSizeOf({ size, partSize }: { size: number; partSize?: number | undefined }): number {
  if (partSize === undefined) {
    return Math.max(usualPartSize, Math.ceil(size / maxPartNumber / mebibyte) * mebibyte);
  }
  if (!Number.isInteger(partSize) || partSize < leastPartSize || partSize > maxPartSize) {
    throw invalid(`A part has ${leastPartSize} to ${maxPartSize} bytes.`);
  }
  if (partsOf({ size, partSize }) > maxPartNumber) {
    throw invalid(`An upload has at most ${maxPartNumber} parts: make them larger.`);
  }
  return partSize;
}

function invalid(message: string): GranaryError {
  return new GranaryError('InvalidInput', message, { reason: 'InvalidArgument', field: ['partSize'] });
}
