import { type Queryable, statement } from '../database/database.js';
import { openBucket, requireUser } from './authorize.js';
import type { RequestContext } from './context.js';
import { findUpload, type UploadAddress } from './find-upload.js';
import type { BucketInfo } from './types.js';
import { isUploadId, type UploadRow } from './upload-row.js';
import { noSuchUpload } from './write-outcome.js';

/** An upload with where it is and how far it has come. */
export interface StagedUpload {
  upload: UploadRow;
  bucket: BucketInfo;
  address: UploadAddress;
  /** In parts that are whole. */
  receivedBytes: number;
  partCount: number;
  /** The part after the last one. */
  nextPart: number;
}

const findPlace = statement(
  'find_upload_place',
  `SELECT b.name AS bucket, t.name AS tenant, u.key FROM upload u
     JOIN bucket b ON b.id = u.bucket_id AND b.deleted_at IS NULL JOIN tenant t ON t.id = b.tenant_id
   WHERE u.id = $1::uuid AND u.state <> 'ABORTED' AND (b.tenant_id = $2 OR $2 IS NULL)`,
);

const sumParts = statement(
  'sum_upload_parts',
  `SELECT count(*)::integer AS "partCount", COALESCE(sum(size), 0)::bigint AS "receivedBytes",
     COALESCE(max(part_number), 0) + 1 AS "nextPart" FROM upload_part WHERE upload_id = $1::uuid`,
);

type Progress = Pick<StagedUpload, 'receivedBytes' | 'partCount' | 'nextPart'>;

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

/** An upload that is open or was completed lately, for who may list its parts. */
export async function getStagedUpload(context: RequestContext, uploadId: string): Promise<StagedUpload> {
  const address = await locateUpload(context, uploadId);
  const bucket = await openBucket(context, address, 's3:ListMultipartUploadParts');
  const { database } = context.granary;
  const upload = await findUpload(database, bucket, address);
  const progress = await progressOf(database, uploadId);
  // The parts of a completed upload are the object's now.
  const receivedBytes = upload.state === 'COMPLETED' ? (upload.plannedSize ?? 0) : progress.receivedBytes;
  return { upload, bucket, address, ...progress, receivedBytes };
}

/** What has come of an upload; the caller was allowed to know. */
export async function progressOf(database: Queryable, uploadId: string): Promise<Progress> {
  const [progress] = await database.query<Progress>(sumParts, [uploadId]);
  return progress ?? { receivedBytes: 0, partCount: 0, nextPart: 1 };
}

/** When background work ends it, unless it is completed before. */
export function expiryOf({ granary }: Pick<RequestContext, 'granary'>, { createdAt }: { createdAt: Date }): Date {
  return new Date(createdAt.getTime() + granary.settings.multipartExpirySeconds * 1000);
}
