import { usesAcls } from '../access/acl-access.js';
import type { KeptAcl } from '../access/asked-acl.js';
import type { BucketState } from '../buckets/bucket-cache.js';
import type { EncryptionRequest } from '../types.js';
import type { CopyObjectInput } from './copy-object.js';
import type { ReadableVersion } from './find-version.js';

interface Copied {
  from: BucketState;
  into: BucketState;
  version: ReadableVersion;
}

/**
 * Fills in from the source what S3 would take from the defaults where nothing is said: the storage class, the website
 * redirect and the named key. An object that is changed in place keeps its access control list, too.
 */
export function keepAsSource(input: CopyObjectInput, copied: Copied): CopyObjectInput {
  const { attributes = {} } = input;
  const { storageClass, headers } = copied.version;
  return {
    ...input,
    attributes: { ...attributes, storageClass: attributes.storageClass ?? storageClass },
    encryption: input.encryption ?? encryptionKept(copied),
    acl: input.acl ?? aclKept(input, copied),
    websiteRedirectLocation: headers.websiteRedirectLocation,
  };
}

/** Another bucket's own setting comes first, and another tenant does not have the key. */
function encryptionKept({ from, into, version: { encryption } }: Copied): EncryptionRequest | undefined {
  const isBucketsToSay = from.id !== into.id && into.encryption !== null;
  return encryption?.algorithm === 'aws:kms' && from.tenantId === into.tenantId && !isBucketsToSay
    ? encryption
    : undefined;
}

function aclKept({ target }: CopyObjectInput, { from, into, version }: Copied): KeptAcl | undefined {
  const isInPlace = from.id === into.id && target.key === version.key && version.isLatest;
  return isInPlace && version.acl !== null && usesAcls(into) ? { kept: version.acl } : undefined;
}
