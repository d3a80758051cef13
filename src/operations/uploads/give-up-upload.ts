import { askingForPart } from '../access/asking-for-part.js';
import { isForbidden, isPermitted, openBucket, requireUser, resolveBucket } from '../access/authorize.js';
import type { RequestContext } from '../context.js';
import { abortUpload, endOpenUpload } from './abort-upload.js';
import { lookForUpload, type UploadAddress } from './find-upload.js';
import { locateUpload } from './staged-upload.js';

/**
 * Ends an upload and frees its parts: for who may abort it, as in S3, and also for who began it and may write its object
 * still, so that what somebody leaves off need not lie there. A policy that denies the abort denies it to them as well.
 */
export async function giveUpUpload(context: RequestContext, uploadId: string): Promise<void> {
  const address = await locateUpload(context, uploadId);
  if (!(await isOwn(context, address))) {
    return abortUpload(context, address);
  }
  const asked = await askingForPart(context, address);
  return endOpenUpload(context, await openBucket(asked, address, 's3:PutObject'), address);
}

async function isOwn(context: RequestContext, address: UploadAddress): Promise<boolean> {
  const bucket = await resolveBucket(context, address);
  const upload = await lookForUpload(context.granary.database, bucket, address);
  const { key } = address;
  return (
    upload?.ownerId === requireUser(context).userId &&
    !(await isForbidden(context, { action: 's3:AbortMultipartUpload', bucket, key })) &&
    (await isPermitted(await askingForPart(context, address), { action: 's3:PutObject', bucket, key }))
  );
}
