import { callerUserId, principalArn } from '../../auth/caller-arn.js';
import { type ContextValue, keyFamily, PolicyContext } from '../../auth/policy/policy-context.js';
import { statement } from '../../database/database.js';
import type { BucketState } from '../buckets/bucket-cache.js';
import type { RequestContext } from '../context.js';
import { parseVersionId } from '../objects/version-row.js';

/** What a decision is about: a bucket, or an object in it; null for what is in none. */
export interface PolicySubject {
  readonly bucket: BucketState | null;
  /** The object's tags as they are now; see {@link readExistingTags}. */
  readonly existingTags?: Readonly<Record<string, string>>;
}

/** The family of the keys that have to be read from the database: `s3:ExistingObjectTag/…`. */
export const existingTagFamily = 's3:existingobjecttag';

/** The circumstances of a request, found out as policies ask for them. The keys are listed in docs/policies.md. */
export function policyContext(context: RequestContext, subject: PolicySubject): PolicyContext {
  return new PolicyContext(
    (key) =>
      context.assumed?.(key) ?? callerFact(context, key) ?? subjectFact(context, subject, key) ?? context.facts?.(key),
  );
}

function callerFact({ caller }: RequestContext, key: string): ContextValue {
  if (key === 'aws:principaltype') {
    return principalTypeOf(caller);
  }
  if (key === 'aws:principalisawsservice') {
    return String(caller.kind === 'anonymous' && caller.service !== undefined);
  }
  if (caller.kind === 'anonymous') {
    return key === 'aws:principalservicename' ? caller.service : undefined;
  }
  switch (key) {
    case 'aws:principalaccount':
      return caller.tenantName;
    case 'aws:principalarn':
      return principalArn(caller);
    case 'aws:userid':
      return callerUserId(caller);
    case 'granary:canonicalid':
      return caller.canonicalId;
    case 'aws:username':
      return caller.assumed === undefined ? caller.username : undefined;
    case 'aws:sourceidentity':
      return caller.assumed?.sourceIdentity;
    case 'aws:federatedprovider':
      return caller.assumed?.provider;
    case 'aws:tokenissuetime':
      return caller.issuedAt?.toISOString();
    default:
      return keyFamily(key) === 'aws:principaltag' ? tagNamed(caller.tags, key) : undefined;
  }
}

function principalTypeOf(caller: RequestContext['caller']): ContextValue {
  if (caller.kind === 'user') {
    return caller.assumed === undefined ? 'User' : 'AssumedRole';
  }
  return caller.service === undefined ? 'Anonymous' : undefined;
}

function subjectFact(context: RequestContext, { bucket, existingTags }: PolicySubject, key: string): ContextValue {
  switch (key) {
    case 'aws:currenttime':
      return new Date().toISOString();
    case 'aws:epochtime':
      return String(Math.floor(Date.now() / 1000));
    case 'aws:sourceip':
      return context.sourceIp ?? undefined;
    case 'aws:requestedregion':
      return context.granary.settings.s3Region;
    case 'aws:resourceaccount':
    case 's3:resourceaccount':
      return bucket?.tenantName;
    case 'granary:bucketowner':
      return bucket?.ownerCanonicalId;
    default:
      return keyFamily(key) === existingTagFamily ? tagNamed(existingTags, key) : undefined;
  }
}

/** The value of the tag that a key names behind its slash. */
export function tagNamed(tags: Readonly<Record<string, string>> | undefined, key: string): string | undefined {
  const name = key.slice(key.indexOf('/') + 1);
  return tags !== undefined && Object.hasOwn(tags, name) ? tags[name] : undefined;
}

const findTags = statement(
  'find_existing_tags',
  `SELECT v.tags FROM object_version v
   WHERE v.bucket_id = $1 AND v.key = $2 AND v.state = 'COMMITTED'
     AND CASE WHEN $3::bigint IS NULL THEN v.is_latest WHEN $3 = 0 THEN v.is_null ELSE v.id = $3 END`,
);

/**
 * The tags of an object, or of the version that the request names; none of what is not there. One query, so ask only
 * when a policy does ({@link existingTagFamily} is in its `keys`).
 */
export async function readExistingTags(
  context: RequestContext,
  bucket: Pick<BucketState, 'id'>,
  key: string,
): Promise<Record<string, string>> {
  const named = context.facts?.('s3:versionid');
  const rowId = typeof named === 'string' ? parseVersionId(named) : null;
  const [row] = await context.granary.database.query<{ tags: Record<string, string> }>(findTags, [
    bucket.id,
    key,
    rowId,
  ]);
  return row?.tags ?? {};
}
