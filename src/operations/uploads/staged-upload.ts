import { statement } from '../../database/database.js';
import { askingForPart } from '../access/asking-for-part.js';
import { isForbidden, isPermitted, openBucket, requireUser, resolveBucket } from '../access/authorize.js';
import type { BucketState } from '../buckets/bucket-cache.js';
import type { Granary, RequestContext } from '../context.js';
import { noSuchUpload } from '../objects/write-outcome.js';
import { findUpload, type UploadAddress } from './find-upload.js';
import { type PartsSum, progressOf } from './upload-parts-sum.js';
import { isUploadId, type UploadRow } from './upload-row.js';

/** An upload with where it is and how far it has come. */
export interface StagedUpload extends PartsSum {
  upload: UploadRow;
  bucket: BucketState;
  address: UploadAddress;
}

const findPlace = statement(
  'find_upload_place',
  `SELECT b.name AS bucket, t.name AS tenant, u.key FROM upload u
     JOIN bucket b ON b.id = u.bucket_id AND b.deleted_at IS NULL JOIN tenant t ON t.id = b.tenant_id
   WHERE u.id = $1::uuid AND u.state <> 'ABORTED' AND (b.tenant_id = $2 OR $2 IS NULL)`,
);

/**
 * The place of an upload in the caller's tenant; of one in any tenant for a global administrator.
 * @throws GranaryError NotFound for any other, whether it exists or not.
 */
export async function locateUpload(context: RequestContext, uploadId: string): Promise<UploadAddress> {
  const caller = requireUser(context);
  const tenantId = caller.role === 'ADMINISTRATOR' ? null : caller.tenantId;
  const [place] = isUploadId(uploadId)
    ? await context.granary.database.query<Omit<UploadAddress, 'uploadId'>>(findPlace, [uploadId, tenantId])
    : [];
  if (place === undefined) {
    throw noSuchUpload(uploadId);
  }
  return { ...place, uploadId };
}

/** An upload that is open or was completed lately, for who may list its parts, or do what else is asked. */
export async function getStagedUpload(
  context: RequestContext,
  uploadId: string,
  action: 's3:ListMultipartUploadParts' | 's3:PutObject' = 's3:ListMultipartUploadParts',
): Promise<StagedUpload> {
  const address = await locateUpload(context, uploadId);
  const asked = action === 's3:PutObject' ? await askingForPart(context, address) : context;
  return stateOfUpload(context.granary, await openBucket(asked, address, action), address);
}

/** The same, for who may see it as {@link openShownUpload} says. */
export async function showStagedUpload(context: RequestContext, uploadId: string): Promise<StagedUpload> {
  const address = await locateUpload(context, uploadId);
  return stateOfUpload(context.granary, await openShownUpload(context, address), address);
}

/**
 * The bucket of an upload, for who may list its parts or send them: who sends a file is to see how far it has come, unless
 * a policy denies the list.
 */
export async function openShownUpload(context: RequestContext, address: UploadAddress): Promise<BucketState> {
  const bucket = await resolveBucket(context, address);
  const { key } = address;
  const sends = await isPermitted(await askingForPart(context, address), { action: 's3:PutObject', bucket, key });
  if (sends && !(await isForbidden(context, { action: 's3:ListMultipartUploadParts', bucket, key }))) {
    return bucket;
  }
  return openBucket(context, address, 's3:ListMultipartUploadParts');
}

/** The same, for who was let do something with it just now. */
export async function ownStagedUpload(context: RequestContext, uploadId: string): Promise<StagedUpload> {
  const address = await locateUpload(context, uploadId);
  return stateOfUpload(context.granary, await resolveBucket(context, address), address);
}

/** For who was let see it. */
export async function stateOfUpload(
  { database }: Granary,
  bucket: BucketState,
  address: UploadAddress,
): Promise<StagedUpload> {
  const upload = await findUpload(database, bucket, address);
  const progress = await progressOf(database, address.uploadId);
  // The parts of a completed upload are the object's now.
  const receivedBytes = upload.state === 'COMPLETED' ? (upload.plannedSize ?? 0) : progress.receivedBytes;
  return { upload, bucket, address, ...progress, receivedBytes };
}

/** When background work ends it, unless it is completed before. */
export function expiryOf({ granary }: Pick<RequestContext, 'granary'>, { createdAt }: { createdAt: Date }): Date {
  return new Date(createdAt.getTime() + granary.settings.multipartExpirySeconds * 1000);
}
