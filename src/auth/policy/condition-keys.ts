import { canonicalKey, keyFamily } from './policy-context.js';

/**
 * Condition keys that requests have values for, as users write them; those of tags end in a slash and the tag's name.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/list_amazons3.html#amazons3-policy-keys and
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
 */
const present = `
  aws:CurrentTime aws:EpochTime aws:FederatedProvider aws:PrincipalAccount aws:PrincipalArn aws:PrincipalIsAWSService
  aws:PrincipalServiceName aws:PrincipalTag/ aws:PrincipalType aws:Referer aws:RequestedRegion aws:RequestTag/
  aws:ResourceAccount aws:SecureTransport aws:SourceAccount aws:SourceArn aws:SourceIdentity aws:SourceIp aws:TagKeys
  aws:TokenIssueTime aws:UserAgent aws:userid aws:username
  granary:BucketOwner granary:CanonicalId
  sts:DurationSeconds sts:ExternalId sts:RoleSessionName sts:SourceIdentity sts:TransitiveTagKeys
  s3:authType s3:delimiter s3:ExistingObjectTag/ s3:if-match s3:if-none-match s3:LocationConstraint s3:max-keys
  s3:object-lock-legal-hold s3:object-lock-mode s3:object-lock-remaining-retention-days
  s3:object-lock-retain-until-date s3:ObjectCreationOperation s3:prefix s3:RequestObjectTag/ s3:RequestObjectTagKeys
  s3:ResourceAccount s3:signatureAge s3:signatureversion s3:TlsVersion s3:VersionId s3:x-amz-acl
  s3:x-amz-content-sha256 s3:x-amz-copy-source s3:x-amz-grant-full-control s3:x-amz-grant-read
  s3:x-amz-grant-read-acp s3:x-amz-grant-write s3:x-amz-grant-write-acp s3:x-amz-metadata-directive
  s3:x-amz-server-side-encryption s3:x-amz-server-side-encryption-aws-kms-key-id
  s3:x-amz-server-side-encryption-customer-algorithm s3:x-amz-storage-class`;

/** Keys that policies from elsewhere ask for and no request here has: taken, and always absent. */
const absent = `
  aws:CalledVia aws:CalledViaFirst aws:CalledViaLast aws:MultiFactorAuthAge
  aws:MultiFactorAuthPresent aws:PrincipalOrgID aws:PrincipalOrgPaths
  aws:PrincipalServiceNamesList aws:ResourceOrgID aws:ResourceOrgPaths
  aws:ResourceTag/ aws:SourceOrgID aws:SourceOrgPaths aws:SourceVpc
  aws:SourceVpcArn aws:SourceVpce aws:ViaAWSService aws:VpcSourceIp
  s3:AccessGrantsInstanceArn s3:AccessPointNetworkOrigin s3:BucketTag/ s3:DataAccessPointAccount
  s3:DataAccessPointArn s3:InventoryAccessibleOptionalFields s3:JobSuspendedCause s3:x-amz-website-redirect-location`;

const known = new Set(
  `${present} ${absent}`
    .trim()
    .split(/\s+/)
    .map((key) => key.toLowerCase()),
);

/** A claim of a token, as trust policies ask for it: the provider's address without the scheme, and the claim's name. */
const claimKey = /^[a-z0-9.-]+(?::\d{1,5})?(?:\/[^\s]*)?:[A-Za-z0-9_.-]+$/i;

/** As {@link isConditionKey}, in a role's trust policy. */
export function isTrustKey(key: string): boolean {
  return isConditionKey(key) || (claimKey.test(key) && !/^(?:aws|s3|sts|granary):[^:]*$/i.test(key));
}

/** True for a key that can stand in a condition, so that a misspelt one is not taken for a rule. */
export function isConditionKey(key: string): boolean {
  const canonical = canonicalKey(key);
  const family = keyFamily(canonical);
  return family === canonical ? known.has(canonical) : known.has(`${family}/`) && canonical.length > family.length + 1;
}
