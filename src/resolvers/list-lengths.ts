import { type GraphQLField, getNamedType, getNullableType, isCompositeType, isListType } from 'graphql';

/** What a list without pages counts as where {@link lengths} says nothing: such lists are settings, and short. */
export const usualLength = 10;

/**
 * How long lists without pages get, by the rules of what is in them. These may be longer than they are weighed, as nearly
 * none is, and everybody would have to ask for less: `breadcrumb` (one inside another is beyond what one request may
 * cost), `effectivePolicies`, `Bucket.lifecycle`, `BucketReplication.rules` and `LdapDirectory.mappings` (1000 each), and
 * `OidcProvider.rules` (200). Where that makes too much of an answer, `withinItems` ends it.
 */
const lengths: ReadonlyMap<string, number> = new Map([
  ['AccessControlList.grants', 100],
  ['AccessExplanation.nearlyMatching', 20],
  ['AccessKey.policies', 20],
  ['Bucket.cors', 100],
  ['Bucket.lifecycle', 100],
  ['Bucket.notifications', 100],
  ['Bucket.placement', 100],
  ['Bucket.tags', 50],
  ['BucketLogging.grants', 100],
  ['BucketReplication.rules', 100],
  ['BucketReplication.targets', 20],
  ['DamagedBlob.versions', 20],
  ['DeleteObjectsPayload.objects', 1000],
  ['DeleteObjectsPayload.userErrors', 1000],
  ['Folder.breadcrumb', 150],
  ['Group.inlinePolicies', 20],
  ['Group.policies', 20],
  ['IamRole.inlinePolicies', 20],
  ['IamRole.policies', 20],
  ['IamRole.tags', 50],
  ['LdapDirectory.mappings', 100],
  ['OidcProvider.rules', 100],
  ['Policy.versions', 5],
  ['Query.policyActions', 400],
  ['StagedUpload.partUrls', 100],
  ['StoredObject.replications', 20],
  ['UploadObjectsPayload.objects', 100],
  ['UploadObjectsPayload.userErrors', 100],
  ['User.effectivePolicies', 100],
  ['User.groups', 50],
  ['User.inlinePolicies', 20],
  ['User.policies', 20],
  ['User.tags', 50],
  ['Website.routingRules', 50],
]);

/** What lists are asked for by, each of them. */
const listArguments = ['ids', 'partNumbers'];

/** How many items a field counts as, each of which costs what is asked of it. */
export function lengthOf(type: string, field: GraphQLField<unknown, unknown>, args: Record<string, unknown>): number {
  const asked = listArguments.map((name) => args[name]).find(Array.isArray);
  if (asked !== undefined) {
    return Math.max(1, asked.length);
  }
  const page = args.first ?? args.last;
  if (page !== undefined && page !== null) {
    return Math.max(1, Math.min(Number(page), 100));
  }
  return isUnpaged(type, field) ? (lengths.get(`${type}.${field.name}`) ?? usualLength) : 1;
}

/**
 * Lists of objects, but for those of connections, which were counted by the page that was asked for, and those of the
 * schema itself, of which validation lets nobody ask for many inside each other.
 */
function isUnpaged(type: string, { type: result }: GraphQLField<unknown, unknown>): boolean {
  const isList = isListType(getNullableType(result)) && isCompositeType(getNamedType(result));
  return isList && !type.endsWith('Connection') && !type.startsWith('__');
}
