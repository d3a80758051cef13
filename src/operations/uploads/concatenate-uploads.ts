import { type Queryable, statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import type { RequestContext } from '../context.js';
import { finishUpload, getTusUpload } from './append-to-upload.js';
import { type CreateUploadInput, createUpload } from './create-upload.js';
import { lockUpload } from './find-upload.js';
import { maxPartNumber } from './put-part.js';
import type { StagedUpload } from './staged-upload.js';

const moveParts = statement(
  'move_upload_parts',
  `UPDATE upload_part SET upload_id = $1::uuid, part_number = part_number + $3 WHERE upload_id = $2::uuid`,
);

const endPartial = statement(
  'end_partial_upload',
  `UPDATE upload SET state = 'COMPLETED', ended_at = now() WHERE id = $1::uuid`,
);

/** Makes an object of uploads that were begun as parts of it, one behind the other, by rows alone. */
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
  const whole = await getTusUpload(context, id);
  refuseStrangers(whole, partials);
  await context.granary.database.transaction(async (tx) => {
    await lockAll(tx, partials);
    let shift = 0;
    for (const partial of partials) {
      await tx.query(moveParts, [id, partial.upload.id, shift]);
      await tx.query(endPartial, [partial.upload.id]);
      shift += partial.nextPart - 1;
    }
  });
  await finishUpload(context, whole);
  return id;
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

/** In one order, whatever that of the parts is, so that two who want the same ones do not wait for each other. */
async function lockAll(tx: Queryable, partials: StagedUpload[]): Promise<void> {
  for (const { bucket, address } of partials.toSorted((a, b) => (a.upload.id < b.upload.id ? -1 : 1))) {
    const { state } = await lockUpload(tx, bucket, address);
    if (state !== 'OPEN') {
      throw new GranaryError('Conflict', 'A partial upload was used already.');
    }
  }
}

function invalid(message: string): GranaryError {
  return new GranaryError('InvalidInput', message, { reason: 'InvalidArgument', field: ['uploadConcat'] });
}
