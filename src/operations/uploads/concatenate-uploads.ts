import { GranaryError } from '../../errors.js';
import type { RequestContext } from '../context.js';
import { getTusUpload } from './append-to-upload.js';
import { completeUpload } from './complete-upload.js';
import { type CreateUploadInput, createUpload } from './create-upload.js';
import { expireUpload } from './expire-uploads.js';
import { maxPartNumber } from './put-part.js';
import type { StagedUpload } from './staged-upload.js';

/**
 * Makes an object of uploads that were begun as parts of it, one behind the other, by rows alone and in one transaction:
 * when it is refused, they are as they were, for another try.
 */
export async function concatenateUploads(
  context: RequestContext,
  { uploadIds, ...input }: CreateUploadInput & { uploadIds: string[] },
): Promise<string> {
  if (uploadIds.length === 0 || uploadIds.length > maxPartNumber || new Set(uploadIds).size < uploadIds.length) {
    throw invalid('Name each of the partial uploads once.');
  }
  const partials: StagedUpload[] = [];
  for (const id of uploadIds) {
    partials.push(await getTusUpload(context, id));
  }
  partials.forEach(refuseUnfit);
  const size = partials.reduce((sum, { receivedBytes }) => sum + receivedBytes, 0);
  const { id } = await createUpload(context, { ...input, size });
  try {
    const whole = await getTusUpload(context, id);
    refuseStrangers(whole, partials);
    await completeUpload(context, { ...whole.address, partials: partials.map(({ address }) => address) });
  } catch (error) {
    await discard(context, id);
    throw error;
  }
  return id;
}

/** Nobody was told of the upload; where it cannot be ended now, it expires. */
async function discard({ granary }: RequestContext, uploadId: string): Promise<void> {
  try {
    await expireUpload(granary, uploadId);
  } catch (error) {
    granary.log.warn({ error, uploadId }, 'An upload that was refused is left to expire');
  }
}

function refuseUnfit({ upload, receivedBytes }: StagedUpload): void {
  if (upload.tus?.concat !== 'partial') {
    throw invalid('An upload can only be put together of partial uploads.');
  }
  if (upload.state !== 'OPEN' || receivedBytes !== upload.plannedSize) {
    throw new GranaryError('Conflict', 'A partial upload is not complete, or was used already.');
  }
}

function refuseStrangers(whole: StagedUpload, partials: StagedUpload[]): void {
  const sealing = JSON.stringify(whole.upload.encryption);
  if (partials.some(({ upload }) => upload.bucketId !== whole.upload.bucketId)) {
    throw invalid('The partial uploads are in another bucket.');
  }
  if (partials.some(({ upload }) => JSON.stringify(upload.encryption) !== sealing)) {
    throw new GranaryError('Conflict', 'The bucket seals with another key since a partial upload began.');
  }
  if (partials.reduce((sum, { nextPart }) => sum + nextPart - 1, 0) > maxPartNumber) {
    throw invalid(`An object has at most ${maxPartNumber} parts.`);
  }
}

function invalid(message: string): GranaryError {
  return new GranaryError('InvalidInput', message, { reason: 'InvalidArgument', field: ['uploadConcat'] });
}
