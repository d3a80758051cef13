import type { ObjectOwnership } from '../../operations/buckets/bucket-configuration.js';
import type { RequestHeaders } from './request-headers.js';
import { s3Error } from './s3-error.js';

export const ownerships = ['BucketOwnerEnforced', 'BucketOwnerPreferred', 'ObjectWriter'] as const;

/** What CreateBucket says of who will own the objects. */
export function readOwnership({ values }: RequestHeaders): ObjectOwnership | undefined {
  const value = values['x-amz-object-ownership'];
  const known = ownerships.find((ownership) => ownership === value);
  if (value !== undefined && known === undefined) {
    throw s3Error('InvalidArgument', `Invalid x-amz-object-ownership header: ${value}`, {
      ArgumentName: 'x-amz-object-ownership',
      ArgumentValue: value,
    });
  }
  return known;
}
