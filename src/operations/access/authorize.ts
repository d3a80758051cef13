import type { Caller, UserCaller } from '../../auth/caller.js';
import { decide, type PolicyLayers } from '../../auth/policy/decide.js';
import type { PolicyRequest } from '../../auth/policy/match-statement.js';
import type { Policy } from '../../auth/policy/policy.js';
import { GranaryError } from '../../errors.js';
import type { BucketState } from '../buckets/bucket-cache.js';
import type { RequestContext } from '../context.js';
import { validateObjectKey } from '../objects/object-key.js';
import type { BucketAddress } from '../types.js';
import { type Grounds, groundsFor, type StoredAcl } from './acl-access.js';
import { denied } from './denied.js';
import { existingTagFamily, policyContext, readExistingTags } from './policy-context.js';
import { layersOf, policiesOf } from './policy-layers.js';

export interface AccessRequest {
  /** In AWS's spelling: `s3:GetObject`. */
  action: string;
  bucket: BucketState;
  key?: string;
  /** The object's tags, where they have been read already. */
  existingTags?: Record<string, string>;
  /** The version, where it has been found already. */
  rowId?: number;
  /** The list of that version, for who asks about many: it is read only when it has a say. Null when it is there no more. */
  storedAcl?: () => Promise<StoredAcl | null>;
  /** About the object that the request itself writes: who may write into the bucket by its list may say this as well. */
  of?: 'OWN_WRITE';
}

const tagFamilies = [existingTagFamily];

/** Nobody can lock a bucket's administrators out of its policy. */
const recoveryActions = new Set(['s3:GetBucketPolicy', 's3:PutBucketPolicy', 's3:DeleteBucketPolicy']);

/** As {@link resolveBucket}; undefined when there is none. */
export function findBucket(context: RequestContext, address: BucketAddress): Promise<BucketState | undefined> {
  return context.granary.buckets.find(address.tenant ?? context.caller.tenantName, address.bucket);
}

/** The bucket of this name in the caller's tenant, or in the named one; `NoSuchBucket` when there is none. */
export async function resolveBucket(context: RequestContext, address: BucketAddress): Promise<BucketState> {
  const bucket = await findBucket(context, address);
  if (bucket === undefined) {
    throw noSuchBucket(address.bucket);
  }
  return bucket;
}

/**
 * Lets the request pass or throws: {@link decide} says who wins when several policies speak. Who belongs to another
 * tenant does not learn that the bucket exists. Tells what let it pass.
 */
export async function authorize(context: RequestContext, request: AccessRequest): Promise<Grounds> {
  const asked = await questionOf(context, request);
  const grounds = await groundsFor(context, request, decide(asked.layers, asked.request));
  if (grounds === undefined) {
    throw refusal(context, request, asked);
  }
  if (grounds === 'acl' && context.notes !== undefined) {
    context.notes.aclRequired = true;
  }
  refuseSuspended(context, request.bucket.tenantId);
  await context.granary.rateLimits.admitBucket(context.requestId, request.bucket);
  return grounds;
}

/** Global administrators still reach what a suspended tenant has; others learn of it only who could before. */
function refuseSuspended({ caller, granary }: RequestContext, tenantId: number): void {
  if (caller.kind === 'anonymous' || caller.role !== 'ADMINISTRATOR') {
    granary.tenants.refuseSuspended(tenantId);
  }
}

/** The decision of {@link authorize} without the error, and without a trace in the log. */
export async function isPermitted(context: RequestContext, request: AccessRequest): Promise<boolean> {
  const asked = await questionOf(context, request);
  return (await groundsFor(context, request, decide(asked.layers, asked.request))) !== undefined;
}

/** True when a policy speaks against it, and not only none for it: for what more than policies may allow. */
export async function isForbidden(context: RequestContext, request: AccessRequest): Promise<boolean> {
  const asked = await questionOf(context, request);
  return decide(asked.layers, asked.request).reason === 'EXPLICIT_DENY';
}

/** Whether the caller's own policies let it, whatever the bucket's policy allows besides. */
export async function mayByOwnPolicies(context: RequestContext, access: AccessRequest): Promise<boolean> {
  const { layers, request } = await questionOf(context, access);
  return decide(layers, request).reason === 'IDENTITY_ALLOW';
}

/** What {@link authorize} throws: for what is refused because of rights that were asked for without it. */
export async function denial(context: RequestContext, request: AccessRequest): Promise<GranaryError> {
  return refusal(context, request, await questionOf(context, request));
}

interface AskedQuestion {
  layers: PolicyLayers;
  request: PolicyRequest;
}

function isAllowed({ layers, request }: AskedQuestion): boolean {
  return decide(layers, request).allowed;
}

/** What policies are asked, and which. */
export async function questionOf(context: RequestContext, access: AccessRequest): Promise<AskedQuestion> {
  const { action, bucket, key } = access;
  const arn = `arn:aws:s3:::${bucket.name}`;
  const request = {
    principal: context.caller,
    action,
    resource: key === undefined ? arn : `${arn}/${key}`,
    tenantId: bucket.tenantId,
    context: policyContext(context, { bucket, existingTags: await existingTagsOf(context, access) }),
  };
  const layers = layersOf(context.caller, bucket.policy);
  const own = { ...layers, resource: null };
  const recovers =
    recoveryActions.has(action) && isAdministrator(context.caller) && isAllowed({ layers: own, request });
  return { layers: recovers ? own : layers, request };
}

function refusal(context: RequestContext, { bucket, key }: AccessRequest, asked: AskedQuestion): GranaryError {
  const error = denied(context, { ...asked, bucketId: bucket.id, key });
  return isOutsider(context.caller, bucket) ? noSuchBucket(bucket.name) : error;
}

/** The tags that policies ask for; undefined when none does, for they have to be read. */
async function existingTagsOf(
  context: RequestContext,
  { bucket, key, existingTags }: AccessRequest,
): Promise<Record<string, string> | undefined> {
  if (key === undefined || !asksFor(context, bucket, tagFamilies)) {
    return undefined;
  }
  return existingTags ?? readExistingTags(context, bucket, key);
}

/** True when a policy that has a say asks for one of these condition keys, or for tags of one of these families. */
export function asksFor({ caller }: RequestContext, { policy }: BucketState, families: readonly string[]): boolean {
  const asks = ({ keys }: Policy) => families.some((family) => keys.has(family));
  return policiesOf(layersOf(caller, policy)).some(asks);
}

/** Resolves a bucket and authorizes one action on it or on one of its keys. */
export async function openBucket(
  context: RequestContext,
  address: BucketAddress & { key?: string },
  action: string,
): Promise<BucketState> {
  return (await enterBucket(context, address, action)).bucket;
}

async function enterBucket(
  context: RequestContext,
  address: BucketAddress & { key?: string },
  action: string,
): Promise<{ bucket: BucketState; grounds: Grounds }> {
  if (address.key !== undefined) {
    validateObjectKey(address.key);
  }
  const bucket = await resolveBucket(context, address);
  const request = { action, bucket, ...(address.key === undefined ? {} : { key: address.key }) };
  return { bucket, grounds: await authorize(context, request) };
}

/** A write that brings tags along needs the right to tag as well, as in S3. */
export async function authorizeTags(
  context: RequestContext,
  bucket: BucketState,
  { key, tags }: { key: string; tags: Record<string, string> },
): Promise<void> {
  if (Object.keys(tags).length > 0) {
    await authorize(context, { action: 's3:PutObjectTagging', bucket, key, of: 'OWN_WRITE' });
  }
}

/**
 * Like {@link openBucket}, for work that answers `'stale'` when the bucket is no longer what it was: then the bucket is
 * read and the request authorized anew, so that nobody acts on a policy or a versioning state of yesterday.
 */
export async function withBucket<T extends object>(
  context: RequestContext,
  address: BucketAddress & { key?: string },
  action: string,
  work: (bucket: BucketState, grounds: Grounds) => Promise<T | 'stale'>,
): Promise<T> {
  for (let attempt = 0; attempt < 5; attempt++) {
    const { bucket, grounds } = await enterBucket(context, address, action);
    const result = await work(bucket, grounds);
    if (result !== 'stale') {
      return result;
    }
    context.granary.buckets.forget(bucket.id);
  }
  throw new GranaryError('Unavailable', 'The bucket changes too often just now. Try again.');
}

/** The signed-in caller; throws `Unauthenticated` for an anonymous one. */
export function requireUser(context: RequestContext): UserCaller {
  if (context.caller.kind === 'anonymous') {
    throw new GranaryError('Unauthenticated', 'Sign in first.');
  }
  return context.caller;
}

export function noSuchBucket(name: string): GranaryError {
  return new GranaryError('NotFound', 'The specified bucket does not exist', {
    reason: 'NoSuchBucket',
    data: { BucketName: name },
  });
}

export function accessDenied(): GranaryError {
  return new GranaryError('Denied', 'Access Denied', { reason: 'AccessDenied' });
}

function isOutsider(caller: Caller, bucket: BucketState): boolean {
  return caller.tenantId !== bucket.tenantId;
}

function isAdministrator(caller: Caller): boolean {
  return caller.kind === 'user' && (caller.role === 'ADMINISTRATOR' || caller.role === 'TENANT_ADMINISTRATOR');
}
