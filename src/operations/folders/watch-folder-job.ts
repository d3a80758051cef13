import type { RequestContext } from '../context.js';
import { sharedPolls } from '../shared-polls.js';
import type { FolderJobInfo } from './folder-job.js';
import { getFolderJob, isVisibleJob, type OwnedJob, readFolderJob } from './folder-jobs.js';

export interface WatchJobInput {
  id: number;
  /** The request anew, so that what was revoked since counts. Throws when its caller is signed out. */
  renew(): Promise<RequestContext>;
  signal: AbortSignal;
}

/** Batches come without a notice, whichever process works on them. */
const pollsOf = sharedPolls(describe);

/** How far a job has come: at once, after each change, and a last time when it has ended. */
export async function* watchFolderJob(context: RequestContext, input: WatchJobInput): AsyncGenerator<FolderJobInfo> {
  const { granary } = context;
  const { id } = await getFolderJob(context, input.id);
  const look = () => readFolderJob(granary, id);
  for await (const job of pollsOf(granary).follow(String(id), look, input.signal)) {
    if (job === undefined || !isVisibleJob(await input.renew(), job)) {
      return;
    }
    yield job;
    if (job.finishedAt !== null) {
      return;
    }
  }
}

function describe(job: OwnedJob | undefined): string {
  if (job === undefined) {
    return '';
  }
  const { state, total, done, skipped, failed, cancelAskedAt, finishedAt } = job;
  return [state, total, done, skipped, failed, cancelAskedAt, finishedAt].join(' ');
}
