import { type Acl, fullControl } from '../../auth/acl/acl.js';
import { GranaryError } from '../../errors.js';
import { ownerOf, usesAcls } from '../access/acl-access.js';
import { type AskedGrant, aclsAndOwnership, resolveAcl } from '../access/asked-acl.js';
import { openBucket } from '../access/authorize.js';
import type { RequestContext } from '../context.js';
import { validateObjectKey } from '../objects/object-key.js';
import type { BucketAddress, BucketInfo } from '../types.js';
import { configureBucket, getConfiguration, visibleConfiguration } from './bucket-configuration.js';
import { type BucketLogging, type LogKeyFormat, logKeyFormats, requireLogTarget } from './bucket-logging.js';

const putAction = 's3:PutBucketLogging';
const getAction = 's3:GetBucketLogging';

/** So that every key that begins with it is one: the rest is tenant, region, bucket and date. */
const maxPrefixBytes = 512;

const permissions: readonly string[] = ['FULL_CONTROL', 'READ', 'WRITE'];

export interface LoggingInput {
  targetBucket: string;
  targetPrefix: string;
  keyFormat: LogKeyFormat;
  grants: readonly AskedGrant[];
}

/**
 * Logs a bucket's requests to another bucket, or to itself; null ends that.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLogging.html
 */
export async function setBucketLogging(
  context: RequestContext,
  { logging, ...address }: BucketAddress & { logging: LoggingInput | null },
): Promise<BucketInfo> {
  const source = await openBucket(context, address, putAction);
  if (logging === null) {
    return configureBucket(context, address, { action: putAction, name: 'logging', value: undefined });
  }
  const { grants: asked, ...rest } = logging;
  checkInput(logging);
  const target = await requireLogTarget(context, source, { ...rest, grants: [] });
  if (asked.length > 0 && !usesAcls(target)) {
    throw aclsAndOwnership();
  }
  const owner = ownerOf(target);
  const { grants } = asked.length === 0 ? { grants: [] } : await resolveGrants(context, asked, owner);
  const value: BucketLogging = { ...rest, grants };
  return configureBucket(context, address, { action: putAction, name: 'logging', value });
}

/** Where a bucket's requests are logged; null when they are not. */
export async function getBucketLogging(context: RequestContext, address: BucketAddress): Promise<BucketLogging | null> {
  return (await getConfiguration(context, address, getAction)).logging ?? null;
}

/** The same of a bucket that the caller was let see; null also when the caller may not see it. */
export async function visibleLogging(context: RequestContext, address: BucketAddress): Promise<BucketLogging | null> {
  return (await visibleConfiguration(context, address, getAction))?.configuration.logging ?? null;
}

/** The grants that every log object of this configuration gets, beside those of its owner. */
export function logObjectGrants({ grants }: BucketLogging, owner: Acl['owner']): AskedGrant[] {
  return [fullControl(owner), ...grants].map(({ grantee, permission }) => ({
    grantee: grantee.kind === 'user' ? { canonicalId: grantee.canonicalId } : { group: grantee.group },
    permission,
  }));
}

function resolveGrants(context: RequestContext, grants: readonly AskedGrant[], owner: Acl['owner']): Promise<Acl> {
  if (grants.some(({ permission }) => !permissions.includes(permission))) {
    throw malformed(['grants'], `A grant of logs is one of ${permissions.join(', ')}.`);
  }
  return resolveAcl(context, { grants }, { owner, bucketOwner: owner });
}

function checkInput({ targetPrefix, keyFormat }: LoggingInput): void {
  validateObjectKey(`${targetPrefix}0`, ['logging', 'targetPrefix']);
  if (Buffer.byteLength(targetPrefix) > maxPrefixBytes) {
    throw malformed(['targetPrefix'], `The prefix has at most ${maxPrefixBytes} bytes.`);
  }
  if (!logKeyFormats.includes(keyFormat)) {
    throw malformed(['keyFormat'], `The format of keys is one of ${logKeyFormats.join(', ')}.`);
  }
}

function malformed(field: string[], message: string): GranaryError {
  return new GranaryError('InvalidInput', message, { reason: 'InvalidArgument', field: ['logging', ...field] });
}
