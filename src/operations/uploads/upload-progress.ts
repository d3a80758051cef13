import { setTimeout as delay } from 'node:timers/promises';
import { isGranaryError } from '../../errors.js';
import type { RequestContext } from '../context.js';
import { type StagedUpload, showStagedUpload } from './staged-upload.js';

export interface WatchUploadInput {
  uploadId: string;
  /** The request anew, so that what was revoked since counts. Throws when its caller is signed out. */
  renew(): Promise<RequestContext>;
  signal: AbortSignal;
}

/** Parts come without an event, whichever process takes them: their sum is looked up this often. */
const everyMs = 500;

/**
 * How far an upload has come: at once, after each change, and a last time when it is completed. Ends when it is
 * completed, aborted or expired. The right to look at it is asked for every time.
 */
export async function* watchUpload(context: RequestContext, input: WatchUploadInput): AsyncGenerator<StagedUpload> {
  let current: StagedUpload | undefined = await showStagedUpload(context, input.uploadId);
  let told = '';
  while (current !== undefined && !input.signal.aborted) {
    const state = `${current.upload.state} ${current.partCount} ${current.receivedBytes}`;
    if (state !== told) {
      told = state;
      yield current;
    }
    if (current.upload.state === 'COMPLETED') {
      return;
    }
    await delay(everyMs, undefined, { signal: input.signal }).catch(() => undefined);
    current = input.signal.aborted ? undefined : await stillThere(input);
  }
}

async function stillThere({ renew, uploadId }: WatchUploadInput): Promise<StagedUpload | undefined> {
  try {
    return await showStagedUpload(await renew(), uploadId);
  } catch (error) {
    if (isGranaryError(error, 'NotFound')) {
      return undefined;
    }
    throw error;
  }
}
