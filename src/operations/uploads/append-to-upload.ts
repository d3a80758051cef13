import { GranaryError } from '../../errors.js';
import type { RequestContext } from '../context.js';
import type { IncomingBody } from '../types.js';
import { BodyPieces } from './body-pieces.js';
import { completeUpload } from './complete-upload.js';
import { maxPartNumber, type PutPartInput, putPart } from './put-part.js';
import { getStagedUpload, type StagedUpload } from './staged-upload.js';

/** What is lost at most when the server goes down in the middle of a long body. */
const usualPiece = 64 * 1024 ** 2;

export interface AppendInput {
  /** Where the client believes the upload to end. */
  offset: number;
  body: AsyncIterable<Uint8Array>;
  /** Of this body, when the client said so. */
  length?: number | undefined;
  /** What the body must prove to be; then nothing of it counts before all is there. */
  digest?: Pick<IncomingBody, 'md5' | 'sha256' | 'checksum'> | undefined;
}

/**
 * Adds bytes to the end of an upload by tus, as parts of whatever size they have. What came before a client broke off is
 * kept. The upload becomes an object with its last byte, unless it is a part of another one.
 * @returns where the upload ends now.
 */
export async function appendToUpload(
  context: RequestContext,
  staged: StagedUpload,
  input: AppendInput,
): Promise<number> {
  const size = staged.upload.plannedSize ?? 0;
  refuseMisfit(staged, input);
  const pieces = new BodyPieces(input.body, { idleMs: context.granary.settings.idleTimeoutMs * 0.8 });
  let { receivedBytes: end, nextPart } = staged;
  const isNew = staged.partCount === 0 && size === 0;
  while ((isNew && nextPart === 1) || (end < size && !(await pieces.isAtEnd()))) {
    const part = await putPart(context, {
      ...staged.address,
      partNumber: nextPart++,
      offset: end,
      body: bodyOf(pieces, { input, most: Math.min(size - end, pieceOf(size, input)) }),
    });
    end += part.size;
  }
  if (end === size && !(await pieces.isAtEnd())) {
    throw new GranaryError('TooLarge', 'These are more bytes than the upload has.', { reason: 'EntityTooLarge' });
  }
  if (end === size) {
    await finishUpload(context, staged);
  }
  return end;
}

/** Makes the object of an upload of which every byte has come. */
export async function finishUpload(context: RequestContext, { upload, address }: StagedUpload): Promise<void> {
  if (upload.state === 'OPEN' && upload.tus?.concat !== 'partial') {
    await completeUpload(context, address);
  }
}

/** An upload by tus, for who may write its object. */
export async function getTusUpload(context: RequestContext, uploadId: string): Promise<StagedUpload> {
  const staged = await getStagedUpload(context, uploadId, 's3:PutObject');
  if (staged.upload.tus === null) {
    throw new GranaryError('NotFound', 'This upload goes on where it was begun.', { reason: 'NoSuchUpload' });
  }
  return staged;
}

function refuseMisfit({ upload, receivedBytes }: StagedUpload, { offset, length = 0 }: AppendInput): void {
  if (upload.tus?.concat?.startsWith('final')) {
    throw new GranaryError('Denied', 'An upload that was put together takes no more bytes.');
  }
  if (offset !== receivedBytes) {
    throw new GranaryError('Conflict', `The upload ends at ${receivedBytes}.`, { reason: 'OffsetMismatch' });
  }
  if (offset + length > (upload.plannedSize ?? 0)) {
    throw new GranaryError('TooLarge', 'These are more bytes than the upload has.', { reason: 'EntityTooLarge' });
  }
}

function bodyOf(pieces: BodyPieces, { input, most }: { input: AppendInput; most: number }): PutPartInput['body'] {
  const { digest, length } = input;
  const stream = pieces.piece(most);
  return digest === undefined ? { stream } : { ...digest, stream, ...(length === undefined ? {} : { length }) };
}

/** A body with a digest is one piece; others are cut so that there are parts enough for the largest object. */
function pieceOf(size: number, { digest }: AppendInput): number {
  return digest === undefined ? Math.max(usualPiece, Math.ceil(size / (maxPartNumber / 2))) : size;
}
