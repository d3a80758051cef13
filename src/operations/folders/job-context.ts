import type { UserCaller } from '../../auth/caller.js';
import { narrowCaller } from '../../auth/narrow-caller.js';
import { statement } from '../../database/database.js';
import { isGranaryError } from '../../errors.js';
import { asking } from '../access/asking.js';
import { openBucket } from '../access/authorize.js';
import type { Granary, RequestContext } from '../context.js';
import { jobRequestId } from './folder-job.js';
import type { RunningJob } from './job-lease.js';
import { listingActionOf } from './start-folder-job.js';

const findCredential = statement(
  'find_credential_of_job',
  `SELECT ($1::text IS NULL OR EXISTS (SELECT FROM access_key k WHERE k.id = $1 AND NOT k.disabled)
       OR EXISTS (SELECT FROM session_credential c WHERE c.id = $1))
     AND ($2::text IS NULL OR EXISTS (SELECT FROM api_key k WHERE k.id::text = $2)) AS valid`,
);

/**
 * In whose name a job works now, by the rights that its owner has at this moment; or, as a sentence, why it cannot go
 * on: the owner, the key, the bucket or the right to list it is gone.
 */
export async function contextOfJob(granary: Granary, job: RunningJob): Promise<RequestContext | string> {
  const context = await contextOfOwner(granary, job);
  return typeof context === 'string' ? context : ((await refusalOf(context, job)) ?? context);
}

async function contextOfOwner(granary: Granary, job: RunningJob): Promise<RequestContext | string> {
  const { limits = [], accessKeyId, apiKeyId, expiresAt, userAgent } = job.credential;
  const user = await granary.credentials.findUser(job.actorId);
  if (user === undefined) {
    return 'Whoever began it is disabled or gone.';
  }
  const [key] = await granary.database.query<{ valid: boolean }>(findCredential, [
    accessKeyId ?? null,
    apiKeyId ?? null,
  ]);
  if (key?.valid !== true || (expiresAt !== undefined && Date.parse(expiresAt) <= Date.now())) {
    return 'The key that it was begun with is not valid any more.';
  }
  const caller: UserCaller = {
    ...narrowCaller(user, limits),
    ...(accessKeyId === undefined ? {} : { accessKeyId }),
    ...(apiKeyId === undefined ? {} : { apiKeyId }),
  };
  return { granary, caller, requestId: jobRequestId(job.id), sourceIp: job.sourceIp, userAgent };
}

/** Why the folder cannot be walked any more: the bucket is gone, or the right to list it. */
async function refusalOf(context: RequestContext, job: RunningJob): Promise<string | undefined> {
  const { tenantName: tenant, bucket: name, bucketId, folder, kind, options } = job;
  try {
    const action = listingActionOf({ kind, versions: options.versions });
    const bucket = await openBucket(asking(context, { prefix: folder }), { tenant, bucket: name }, action);
    return bucket.id === bucketId ? undefined : 'The bucket was deleted.';
  } catch (error) {
    if (isGranaryError(error, 'NotFound')) {
      return 'The bucket was deleted.';
    }
    if (isGranaryError(error, 'Denied')) {
      return 'Whoever began it may not list the folder any more.';
    }
    throw error;
  }
}
