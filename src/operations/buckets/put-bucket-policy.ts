import { isPublicPolicy } from '../../auth/acl/is-public-policy.js';
import { parsePolicy } from '../../auth/policy/parse-policy.js';
import { accessDenied, openBucket } from '../access/authorize.js';
import type { RequestContext } from '../context.js';
import { bucketOf } from '../objects/list-objects.js';
import { atField } from '../policies/policy-input.js';
import type { BucketAddress, BucketInfo } from '../types.js';
import { storeBucketPolicy } from './update-bucket.js';

export interface PutBucketPolicyInput extends BucketAddress {
  /** The document, as text or as what JSON makes of it. */
  policy: string | object;
}

/** Gives the bucket a policy in place of the one it had. A document that is not wholly understood is refused. */
export async function putBucketPolicy(context: RequestContext, input: PutBucketPolicyInput): Promise<BucketInfo> {
  const bucket = await openBucket(context, bucketOf(input), 's3:PutBucketPolicy');
  const place = { kind: 'bucket', bucket: bucket.name } as const;
  const policy = atField(['input', 'policy'], () => parsePolicy(input.policy, place));
  if (bucket.configuration.publicAccessBlock?.blockPublicPolicy === true && isPublicPolicy(policy)) {
    throw accessDenied();
  }
  const text = typeof input.policy === 'string' ? input.policy : JSON.stringify(input.policy);
  return storeBucketPolicy(context, { ...bucketOf(input), text });
}
