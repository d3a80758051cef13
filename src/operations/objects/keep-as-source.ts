import { type Queryable, statement } from '../../database/database.js';
import { usesAcls } from '../access/acl-access.js';
import type { BucketState } from '../buckets/bucket-cache.js';
import type { EncryptionRequest } from '../types.js';
import type { CopyObjectInput } from './copy-object.js';
import type { ReadableVersion } from './find-version.js';

const handOn = statement(
  'hand_on_acl',
  `UPDATE object_version n SET acl = o.acl
   FROM (SELECT acl FROM object_version WHERE id = $1 FOR SHARE) o WHERE n.id = $2`,
);

interface Copied {
  from: BucketState;
  into: BucketState;
  version: ReadableVersion;
}

/**
 * Fills in from the source what S3 would take from the defaults where nothing is said: the storage class, the website
 * redirect and the named key. An object that has an access control list and is changed in place keeps that, too.
 */
export function keepAsSource(input: CopyObjectInput, copied: Copied): CopyObjectInput {
  const { attributes = {} } = input;
  const { storageClass, headers } = copied.version;
  return {
    ...input,
    attributes: { ...attributes, storageClass: attributes.storageClass ?? storageClass },
    encryption: input.encryption ?? encryptionKept(copied),
    aclFrom: aclKept(input, copied),
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

function aclKept({ acl, target }: CopyObjectInput, { from, into, version }: Copied): number | undefined {
  const isInPlace = from.id === into.id && target.key === version.key && version.isLatest;
  return acl === undefined && isInPlace && version.acl !== null && usesAcls(into) ? version.id : undefined;
}

/** Gives a version the list of the one before as it is now: what was taken from somebody meanwhile does not come back. */
export async function handOnAcl(tx: Queryable, { from, to }: { from: number | undefined; to: number }): Promise<void> {
  if (from !== undefined) {
    await tx.query(handOn, [from, to]);
  }
}
