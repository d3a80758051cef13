import { statement } from '../../database/database.js';
import { recordEvent } from '../audit/record-event.js';
import type { RequestContext } from '../context.js';
import { type FolderJobInfo, jobColumns } from './folder-job.js';
import { getCancellableJob, getFolderJob } from './folder-jobs.js';
import { dropKeys } from './selection.js';

const askToCancel = statement(
  'cancel_folder_job',
  `UPDATE folder_job j SET cancel_asked_at = now(), due_at = LEAST(j.due_at, now()),
     state = CASE j.state WHEN 'QUEUED' THEN 'CANCELLED' ELSE j.state END,
     finished_at = CASE j.state WHEN 'QUEUED' THEN now() END
   WHERE j.id = $1 AND j.state IN ('QUEUED', 'RUNNING') AND j.cancel_asked_at IS NULL RETURNING ${jobColumns}`,
);

/** Ends a job after the objects that it is at; what is done stays done. Nothing happens to one that has ended. */
export async function cancelFolderJob(context: RequestContext, id: number): Promise<FolderJobInfo> {
  const job = await getCancellableJob(context, id);
  await context.granary.database.transaction(async (tx) => {
    const [asked] = await tx.query<FolderJobInfo>(askToCancel, [id]);
    if (asked !== undefined) {
      if (asked.finishedAt !== null) {
        await dropKeys(tx, id);
      }
      const { tenantId, bucketId, folder } = job;
      await recordEvent(tx, context, {
        ...{ action: 'granary:CancelJob', tenantId, bucketId },
        details: { job: id, folder },
      });
    }
  });
  return getFolderJob(context, id);
}
