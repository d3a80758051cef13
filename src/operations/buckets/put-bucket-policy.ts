import { isPublicPolicy } from '../../auth/acl/is-public-policy.js';
import { parsePolicy } from '../../auth/policy/parse-policy.js';
import type { Policy } from '../../auth/policy/policy.js';
import { malformed } from '../../auth/policy/policy-syntax.js';
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
  refuseAllButSome(policy);
  if (bucket.configuration.publicAccessBlock?.blockPublicPolicy === true && isPublicPolicy(policy)) {
    throw accessDenied();
  }
  const text = typeof input.policy === 'string' ? input.policy : JSON.stringify(input.policy);
  return storeBucketPolicy(context, { ...bucketOf(input), text });
}

/** As in AWS, only denials may be about all but some: an Allow of this kind would let in the public. */
function refuseAllButSome({ statements }: Policy): void {
  const open = statements.find(({ effect, principals }) => effect === 'Allow' && principals?.negated === true);
  if (open !== undefined) {
    throw atField(['input', 'policy'], () =>
      malformed(`Statement[${open.index}].NotPrincipal`, 'goes with Deny alone'),
    );
  }
}
