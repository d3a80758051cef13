import { granaryActions } from './granary-actions.js';
import { iamActions } from './iam-actions.js';
import { matchesWildcard } from './wildcard.js';

/**
 * The actions of Amazon S3 that a policy can name
 * (https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html), without the prefix.
 */
const s3Names = `
  AbortMultipartUpload BypassGovernanceRetention CreateBucket DeleteBucket DeleteBucketPolicy DeleteBucketWebsite
  DeleteObject DeleteObjectTagging DeleteObjectVersion DeleteObjectVersionTagging GetAccelerateConfiguration
  GetAnalyticsConfiguration GetBucketAcl GetBucketCORS GetBucketLocation GetBucketLogging GetBucketNotification
  GetBucketObjectLockConfiguration GetBucketOwnershipControls GetBucketPolicy GetBucketPolicyStatus
  GetBucketPublicAccessBlock GetBucketRequestPayment GetBucketTagging GetBucketVersioning GetBucketWebsite
  GetEncryptionConfiguration GetIntelligentTieringConfiguration GetInventoryConfiguration GetLifecycleConfiguration
  GetMetricsConfiguration GetObject GetObjectAcl GetObjectAttributes GetObjectLegalHold GetObjectRetention
  GetObjectTagging GetObjectTorrent GetObjectVersion GetObjectVersionAcl GetObjectVersionAttributes
  GetObjectVersionForReplication GetObjectVersionTagging GetObjectVersionTorrent GetReplicationConfiguration HeadBucket
  InitiateReplication ListAllMyBuckets ListBucket ListBucketMultipartUploads ListBucketVersions
  ListMultipartUploadParts ObjectOwnerOverrideToBucketOwner PutAccelerateConfiguration PutAnalyticsConfiguration
  PutBucketAcl PutBucketCORS PutBucketLogging PutBucketNotification PutBucketObjectLockConfiguration
  PutBucketOwnershipControls PutBucketPolicy PutBucketPublicAccessBlock PutBucketRequestPayment PutBucketTagging
  PutBucketVersioning PutBucketWebsite PutEncryptionConfiguration PutIntelligentTieringConfiguration
  PutInventoryConfiguration PutLifecycleConfiguration PutMetricsConfiguration PutObject PutObjectAcl
  PutObjectLegalHold PutObjectRetention PutObjectTagging PutObjectVersionAcl PutObjectVersionTagging
  PutReplicationConfiguration ReplicateDelete ReplicateObject ReplicateTags RestoreObject`;

/**
 * Of the Security Token Service: what trust policies speak of, the one that a user's own policies must allow, and two that
 * policies from elsewhere name (https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html).
 * As with AWS nobody is kept from asking who it is.
 */
const stsActions = [
  'sts:AssumeRole',
  'sts:AssumeRoleWithWebIdentity',
  'sts:GetCallerIdentity',
  'sts:GetSessionToken',
  'sts:SetSourceIdentity',
  'sts:TagSession',
];

const actions = [
  ...s3Names
    .trim()
    .split(/\s+/)
    .map((name) => `s3:${name}`),
  ...stsActions,
  ...iamActions,
  ...Object.keys(granaryActions),
].map((action) => action.toLowerCase());

/** True when the pattern (in lower case) stands for at least one action, so that a misspelt one is not taken for a rule. */
export function namesAnAction(pattern: string): boolean {
  if (pattern !== '*' && !/^(?:s3|sts|iam|granary):/.test(pattern)) {
    return false;
  }
  return actions.some((action) => matchesWildcard(pattern, action));
}
