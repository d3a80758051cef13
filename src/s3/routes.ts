import type { S3Operation } from './exchange.js';
import { abortMultipartUpload } from './operations/abort-multipart-upload.js';
import { completeMultipartUpload } from './operations/complete-multipart-upload.js';
import { createBucket } from './operations/create-bucket.js';
import { createMultipartUpload } from './operations/create-multipart-upload.js';
import { deleteBucket } from './operations/delete-bucket.js';
import { deleteBucketPolicy } from './operations/delete-bucket-policy.js';
import { deleteObject } from './operations/delete-object.js';
import { deleteObjectTagging } from './operations/delete-object-tagging.js';
import { deleteObjects } from './operations/delete-objects.js';
import { getBucketLocation } from './operations/get-bucket-location.js';
import { getBucketPolicy } from './operations/get-bucket-policy.js';
import { getBucketVersioning } from './operations/get-bucket-versioning.js';
import { getObject } from './operations/get-object.js';
import { getObjectTagging } from './operations/get-object-tagging.js';
import { headBucket } from './operations/head-bucket.js';
import { headObject } from './operations/head-object.js';
import { listBuckets } from './operations/list-buckets.js';
import { listMultipartUploads } from './operations/list-multipart-uploads.js';
import { listObjectVersions } from './operations/list-object-versions.js';
import { listObjects } from './operations/list-objects.js';
import { listParts } from './operations/list-parts.js';
import { putBucketPolicy } from './operations/put-bucket-policy.js';
import { putBucketVersioning } from './operations/put-bucket-versioning.js';
import { putObject } from './operations/put-object.js';
import { putObjectTagging } from './operations/put-object-tagging.js';
import { uploadPart } from './operations/upload-part.js';

export type Method = 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';

/** Operations by method, and then by the sub-resource in the query; the empty name is the resource itself. */
export type Routes = Partial<Record<Method, Record<string, S3Operation>>>;

export const serviceRoutes: Routes = { GET: { '': listBuckets } };

export const bucketRoutes: Routes = {
  GET: {
    '': listObjects,
    location: getBucketLocation,
    policy: getBucketPolicy,
    uploads: listMultipartUploads,
    versioning: getBucketVersioning,
    versions: listObjectVersions,
  },
  HEAD: { '': headBucket },
  PUT: { '': createBucket, policy: putBucketPolicy, versioning: putBucketVersioning },
  POST: { delete: deleteObjects },
  DELETE: { '': deleteBucket, policy: deleteBucketPolicy },
};

export const objectRoutes: Routes = {
  GET: { '': getObject, tagging: getObjectTagging, uploadId: listParts },
  HEAD: { '': headObject },
  PUT: { '': putObject, tagging: putObjectTagging, uploadId: uploadPart },
  POST: { uploadId: completeMultipartUpload, uploads: createMultipartUpload },
  DELETE: { '': deleteObject, tagging: deleteObjectTagging, uploadId: abortMultipartUpload },
};
