import type { Acl } from '../../auth/acl/acl.js';
import { GranaryError } from '../../errors.js';
import { usesAcls } from '../access/acl-access.js';
import { isOwnersAlone } from '../access/asked-acl.js';
import type { BucketState } from './bucket-cache.js';
import type { BucketConfiguration } from './bucket-configuration.js';
import type { CreateBucketInput } from './create-bucket.js';

export interface AskedAgain {
  input: CreateBucketInput;
  /** What a new bucket would be configured to. */
  configuration: BucketConfiguration;
  userId: number;
}

/**
 * The bucket that is there already, where its owner may ask for it again and asks for nothing that it does not have.
 * Throws `BucketAlreadyOwnedByYou` otherwise, and `BucketAlreadyExists` for another's, or when the request has another
 * access control list: nobody's rights change by the way.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
 */
export function existingBucket(bucket: BucketState, asked: AskedAgain): BucketState {
  if (bucket.ownerId !== asked.userId) {
    throw alreadyExists(bucket);
  }
  if (asked.input.existing !== 'SAME' || !isOfFirstRegion(bucket.region) || !isOfFirstRegion(asked.input.region)) {
    throw alreadyOwned(bucket);
  }
  if (!isSameAcl(usesAcls(bucket) ? bucket.configuration.acl : undefined, asked.configuration.acl)) {
    throw alreadyExists(bucket);
  }
  if (!hasWhatIsAsked(bucket, asked.input)) {
    throw alreadyOwned(bucket);
  }
  return bucket;
}

/** Only there does AWS let one create one's own bucket again. */
function isOfFirstRegion(region = ''): boolean {
  return region === '' || region === 'us-east-1';
}

function hasWhatIsAsked({ configuration, objectLock }: BucketState, input: CreateBucketInput): boolean {
  const { ownership, tags } = input;
  return (
    (ownership === undefined || ownership === (configuration.objectOwnership ?? 'ObjectWriter')) &&
    (input.objectLock === undefined || objectLock !== null) &&
    (tags === undefined || asText(Object.entries(tags)) === asText(Object.entries(configuration.tags ?? {})))
  );
}

function isSameAcl(one: Acl | undefined, other: Acl | undefined): boolean {
  return grantsOf(one) === grantsOf(other);
}

/** The same text for the same grants; names are for display. */
function grantsOf(acl: Acl | undefined): string {
  if (acl === undefined || isOwnersAlone(acl)) {
    return '';
  }
  return asText(
    acl.grants.map(({ grantee, permission }) => [
      permission,
      grantee.kind === 'user' ? grantee.canonicalId : grantee.group,
    ]),
  );
}

function asText(pairs: readonly (readonly string[])[]): string {
  return JSON.stringify(pairs.map((pair) => JSON.stringify(pair)).sort());
}

function alreadyOwned({ name }: BucketState): GranaryError {
  return new GranaryError(
    'Conflict',
    'Your previous request to create the named bucket succeeded and you already own it.',
    { reason: 'BucketAlreadyOwnedByYou', field: ['bucket'], data: { BucketName: name } },
  );
}

function alreadyExists({ name }: BucketState): GranaryError {
  return new GranaryError(
    'Conflict',
    'The requested bucket name is not available. Select a different name and try again.',
    { reason: 'BucketAlreadyExists', field: ['bucket'], data: { BucketName: name } },
  );
}
