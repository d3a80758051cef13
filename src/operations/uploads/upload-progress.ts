import { isGranaryError } from '../../errors.js';
import type { BucketState } from '../buckets/bucket-cache.js';
import type { RequestContext } from '../context.js';
import { sharedPolls } from '../shared-polls.js';
import type { UploadAddress } from './find-upload.js';
import { locateUpload, openShownUpload, type StagedUpload, stateOfUpload } from './staged-upload.js';

export interface WatchUploadInput {
  uploadId: string;
  /** The request anew, so that what was revoked since counts. Throws when its caller is signed out. */
  renew(): Promise<RequestContext>;
  signal: AbortSignal;
}

/** Parts come without an event, whichever process takes them. */
const pollsOf = sharedPolls((found: StagedUpload | undefined) =>
  found === undefined ? '' : `${found.upload.state} ${found.partCount} ${found.receivedBytes}`,
);

/**
 * How far an upload has come: at once, after each change, and a last time when it is completed. Ends when it is
 * completed, aborted or expired. The right to see it is asked for every time.
 */
export async function* watchUpload(context: RequestContext, input: WatchUploadInput): AsyncGenerator<StagedUpload> {
  const { granary } = context;
  const { uploadId, signal } = input;
  const address = await locateUpload(context, uploadId);
  const bucket = await openShownUpload(context, address);
  const look = () => unlessGone(stateOfUpload(granary, bucket, address));
  for await (const found of pollsOf(granary).follow(uploadId, look, signal)) {
    const current = found === undefined ? undefined : await unlessGone(stillShown(input, address));
    if (found === undefined || current === undefined) {
      return;
    }
    yield { ...found, bucket: current };
    if (found.upload.state === 'COMPLETED') {
      return;
    }
  }
}

async function stillShown({ renew }: WatchUploadInput, address: UploadAddress): Promise<BucketState> {
  return openShownUpload(await renew(), address);
}

async function unlessGone<Value>(work: Promise<Value>): Promise<Value | undefined> {
  try {
    return await work;
  } catch (error) {
    if (isGranaryError(error, 'NotFound')) {
      return undefined;
    }
    throw error;
  }
}
