import { setTimeout as delay } from 'node:timers/promises';
import { isGranaryError } from '../../errors.js';
import type { RequestContext } from '../context.js';
import type { FolderJobInfo } from './folder-job.js';
import { getFolderJob } from './folder-jobs.js';

export interface WatchJobInput {
  id: number;
  /** The request anew, so that what was revoked since counts. Throws when its caller is signed out. */
  renew(): Promise<RequestContext>;
  signal: AbortSignal;
}

/** Batches come without a notice, whichever process works on them. */
const everyMs = 500;

/** How far a job has come: at once, after each change, and a last time when it has ended. */
export async function* watchFolderJob(context: RequestContext, input: WatchJobInput): AsyncGenerator<FolderJobInfo> {
  let current: FolderJobInfo | undefined = await getFolderJob(context, input.id);
  let told = '';
  while (current !== undefined && !input.signal.aborted) {
    const { state, total, done, skipped, failed, cancelAskedAt, finishedAt } = current;
    const news = [state, total, done, skipped, failed, cancelAskedAt].join(' ');
    if (news !== told) {
      told = news;
      yield current;
    }
    if (finishedAt !== null) {
      return;
    }
    await delay(everyMs, undefined, { signal: input.signal }).catch(() => undefined);
    current = input.signal.aborted ? undefined : await stillVisible(input);
  }
}

async function stillVisible({ renew, id }: WatchJobInput): Promise<FolderJobInfo | undefined> {
  try {
    return await getFolderJob(await renew(), id);
  } catch (error) {
    if (isGranaryError(error, 'NotFound')) {
      return undefined;
    }
    throw error;
  }
}
