import type { S3Operation } from './exchange.js';
import { abortMultipartUpload } from './operations/abort-multipart-upload.js';
import { completeMultipartUpload } from './operations/complete-multipart-upload.js';
import { createBucket } from './operations/create-bucket.js';
import { createMultipartUpload } from './operations/create-multipart-upload.js';
import { deleteBucket } from './operations/delete-bucket.js';
import { deleteBucketAnalyticsConfiguration } from './operations/delete-bucket-analytics-configuration.js';
import { deleteBucketCors } from './operations/delete-bucket-cors.js';
import { deleteBucketEncryption } from './operations/delete-bucket-encryption.js';
import { deleteBucketIntelligentTieringConfiguration } from './operations/delete-bucket-intelligent-tiering-configuration.js';
import { deleteBucketInventoryConfiguration } from './operations/delete-bucket-inventory-configuration.js';
import { deleteBucketLifecycle } from './operations/delete-bucket-lifecycle.js';
import { deleteBucketMetricsConfiguration } from './operations/delete-bucket-metrics-configuration.js';
import { deleteBucketOwnershipControls } from './operations/delete-bucket-ownership-controls.js';
import { deleteBucketPolicy } from './operations/delete-bucket-policy.js';
import { deleteBucketReplication } from './operations/delete-bucket-replication.js';
import { deleteBucketTagging } from './operations/delete-bucket-tagging.js';
import { deleteBucketWebsite } from './operations/delete-bucket-website.js';
import { deleteObject } from './operations/delete-object.js';
import { deleteObjectTagging } from './operations/delete-object-tagging.js';
import { deleteObjects } from './operations/delete-objects.js';
import { deletePublicAccessBlock } from './operations/delete-public-access-block.js';
import { getBucketAccelerate } from './operations/get-bucket-accelerate.js';
import { getBucketAcl } from './operations/get-bucket-acl.js';
import { getBucketAnalyticsConfiguration } from './operations/get-bucket-analytics-configuration.js';
import { getBucketCors } from './operations/get-bucket-cors.js';
import { getBucketEncryption } from './operations/get-bucket-encryption.js';
import { getBucketIntelligentTieringConfiguration } from './operations/get-bucket-intelligent-tiering-configuration.js';
import { getBucketInventoryConfiguration } from './operations/get-bucket-inventory-configuration.js';
import { getBucketLifecycle } from './operations/get-bucket-lifecycle.js';
import { getBucketLocation } from './operations/get-bucket-location.js';
import { getBucketLogging } from './operations/get-bucket-logging.js';
import { getBucketMetricsConfiguration } from './operations/get-bucket-metrics-configuration.js';
import { getBucketNotification } from './operations/get-bucket-notification.js';
import { getBucketOwnershipControls } from './operations/get-bucket-ownership-controls.js';
import { getBucketPolicy } from './operations/get-bucket-policy.js';
import { getBucketPolicyStatus } from './operations/get-bucket-policy-status.js';
import { getBucketReplication } from './operations/get-bucket-replication.js';
import { getBucketRequestPayment } from './operations/get-bucket-request-payment.js';
import { getBucketTagging } from './operations/get-bucket-tagging.js';
import { getBucketVersioning } from './operations/get-bucket-versioning.js';
import { getBucketWebsite } from './operations/get-bucket-website.js';
import { getObject } from './operations/get-object.js';
import { getObjectAcl } from './operations/get-object-acl.js';
import { getObjectAttributes } from './operations/get-object-attributes.js';
import { getObjectLegalHold } from './operations/get-object-legal-hold.js';
import { getObjectLockConfiguration } from './operations/get-object-lock-configuration.js';
import { getObjectRetention } from './operations/get-object-retention.js';
import { getObjectTagging } from './operations/get-object-tagging.js';
import { getPublicAccessBlock } from './operations/get-public-access-block.js';
import { headBucket } from './operations/head-bucket.js';
import { headObject } from './operations/head-object.js';
import { listBucketAnalyticsConfigurations } from './operations/list-bucket-analytics-configurations.js';
import { listBucketIntelligentTieringConfigurations } from './operations/list-bucket-intelligent-tiering-configurations.js';
import { listBucketInventoryConfigurations } from './operations/list-bucket-inventory-configurations.js';
import { listBucketMetricsConfigurations } from './operations/list-bucket-metrics-configurations.js';
import { listBuckets } from './operations/list-buckets.js';
import { listMultipartUploads } from './operations/list-multipart-uploads.js';
import { listObjectVersions } from './operations/list-object-versions.js';
import { listObjects } from './operations/list-objects.js';
import { listParts } from './operations/list-parts.js';
import { postObject } from './operations/post-object.js';
import { putBucketAccelerate } from './operations/put-bucket-accelerate.js';
import { putBucketAcl } from './operations/put-bucket-acl.js';
import { putBucketAnalyticsConfiguration } from './operations/put-bucket-analytics-configuration.js';
import { putBucketCors } from './operations/put-bucket-cors.js';
import { putBucketEncryption } from './operations/put-bucket-encryption.js';
import { putBucketIntelligentTieringConfiguration } from './operations/put-bucket-intelligent-tiering-configuration.js';
import { putBucketInventoryConfiguration } from './operations/put-bucket-inventory-configuration.js';
import { putBucketLifecycle } from './operations/put-bucket-lifecycle.js';
import { putBucketLogging } from './operations/put-bucket-logging.js';
import { putBucketMetricsConfiguration } from './operations/put-bucket-metrics-configuration.js';
import { putBucketNotification } from './operations/put-bucket-notification.js';
import { putBucketOwnershipControls } from './operations/put-bucket-ownership-controls.js';
import { putBucketPolicy } from './operations/put-bucket-policy.js';
import { putBucketReplication } from './operations/put-bucket-replication.js';
import { putBucketRequestPayment } from './operations/put-bucket-request-payment.js';
import { putBucketTagging } from './operations/put-bucket-tagging.js';
import { putBucketVersioning } from './operations/put-bucket-versioning.js';
import { putBucketWebsite } from './operations/put-bucket-website.js';
import { putObject } from './operations/put-object.js';
import { putObjectAcl } from './operations/put-object-acl.js';
import { putObjectLegalHold } from './operations/put-object-legal-hold.js';
import { putObjectLockConfiguration } from './operations/put-object-lock-configuration.js';
import { putObjectRetention } from './operations/put-object-retention.js';
import { putObjectTagging } from './operations/put-object-tagging.js';
import { putPublicAccessBlock } from './operations/put-public-access-block.js';
import { renameObject } from './operations/rename-object.js';
import { uploadPart } from './operations/upload-part.js';

export type Method = 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';

/**
 * Operations by method, and then by the sub-resource in the query; the empty name is the resource itself. Of what there
 * are many of, one has an id beside it.
 */
export type Routes = Partial<Record<Method, Record<string, S3Operation>>>;

export const serviceRoutes: Routes = { GET: { '': listBuckets } };

export const bucketRoutes: Routes = {
  GET: {
    inventory: listBucketInventoryConfigurations,
    'inventory&id': getBucketInventoryConfiguration,
    analytics: listBucketAnalyticsConfigurations,
    'analytics&id': getBucketAnalyticsConfiguration,
    metrics: listBucketMetricsConfigurations,
    'metrics&id': getBucketMetricsConfiguration,
    'intelligent-tiering': listBucketIntelligentTieringConfigurations,
    'intelligent-tiering&id': getBucketIntelligentTieringConfiguration,
    website: getBucketWebsite,
    acl: getBucketAcl,
    policyStatus: getBucketPolicyStatus,
    accelerate: getBucketAccelerate,
    cors: getBucketCors,
    notification: getBucketNotification,
    ownershipControls: getBucketOwnershipControls,
    publicAccessBlock: getPublicAccessBlock,
    requestPayment: getBucketRequestPayment,
    tagging: getBucketTagging,
    '': listObjects,
    encryption: getBucketEncryption,
    lifecycle: getBucketLifecycle,
    location: getBucketLocation,
    logging: getBucketLogging,
    'object-lock': getObjectLockConfiguration,
    policy: getBucketPolicy,
    replication: getBucketReplication,
    uploads: listMultipartUploads,
    versioning: getBucketVersioning,
    versions: listObjectVersions,
  },
  HEAD: { '': headBucket },
  PUT: {
    'inventory&id': putBucketInventoryConfiguration,
    'analytics&id': putBucketAnalyticsConfiguration,
    'metrics&id': putBucketMetricsConfiguration,
    'intelligent-tiering&id': putBucketIntelligentTieringConfiguration,
    website: putBucketWebsite,
    acl: putBucketAcl,
    accelerate: putBucketAccelerate,
    cors: putBucketCors,
    notification: putBucketNotification,
    ownershipControls: putBucketOwnershipControls,
    publicAccessBlock: putPublicAccessBlock,
    requestPayment: putBucketRequestPayment,
    tagging: putBucketTagging,
    '': createBucket,
    encryption: putBucketEncryption,
    lifecycle: putBucketLifecycle,
    logging: putBucketLogging,
    'object-lock': putObjectLockConfiguration,
    policy: putBucketPolicy,
    replication: putBucketReplication,
    versioning: putBucketVersioning,
  },
  POST: { '': postObject, delete: deleteObjects },
  DELETE: {
    'inventory&id': deleteBucketInventoryConfiguration,
    'analytics&id': deleteBucketAnalyticsConfiguration,
    'metrics&id': deleteBucketMetricsConfiguration,
    'intelligent-tiering&id': deleteBucketIntelligentTieringConfiguration,
    website: deleteBucketWebsite,
    cors: deleteBucketCors,
    ownershipControls: deleteBucketOwnershipControls,
    publicAccessBlock: deletePublicAccessBlock,
    tagging: deleteBucketTagging,
    '': deleteBucket,
    encryption: deleteBucketEncryption,
    lifecycle: deleteBucketLifecycle,
    policy: deleteBucketPolicy,
    replication: deleteBucketReplication,
  },
};

export const objectRoutes: Routes = {
  GET: {
    acl: getObjectAcl,
    '': getObject,
    attributes: getObjectAttributes,
    'legal-hold': getObjectLegalHold,
    retention: getObjectRetention,
    tagging: getObjectTagging,
    uploadId: listParts,
  },
  HEAD: { '': headObject },
  PUT: {
    acl: putObjectAcl,
    '': putObject,
    renameObject,
    'legal-hold': putObjectLegalHold,
    retention: putObjectRetention,
    tagging: putObjectTagging,
    uploadId: uploadPart,
  },
  POST: { uploadId: completeMultipartUpload, uploads: createMultipartUpload },
  DELETE: { '': deleteObject, tagging: deleteObjectTagging, uploadId: abortMultipartUpload },
};
