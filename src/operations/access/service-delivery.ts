import type { ServicePrincipal } from '../../auth/caller.js';
import type { ContextValue } from '../../auth/policy/policy-context.js';
import type { BucketState } from '../buckets/bucket-cache.js';
import type { Granary, RequestContext } from '../context.js';

/**
 * What this server delivers for a bucket, as the bucket that it goes to sees it: a service without any rights of its own,
 * which says for which bucket and tenant it comes.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html#grant-log-delivery-permissions-general
 */
export function deliveryContext(
  granary: Granary,
  { service, source, requestId }: { service: ServicePrincipal; source: BucketState; requestId: string },
): RequestContext {
  const { tenantId, tenantName, ownerCanonicalId } = source;
  const facts: Readonly<Record<string, ContextValue>> = {
    'aws:sourcearn': `arn:aws:s3:::${source.name}`,
    // The account is the tenant; policies from elsewhere know the owner by the id that lists and answers show.
    'aws:sourceaccount': [tenantName, ownerCanonicalId],
    // Nothing travels: it is as safe as any encrypted way.
    'aws:securetransport': 'true',
    // What policies from S3's documentation ask of a delivery. The bucket's owner owns it here in any case.
    's3:x-amz-acl': 'bucket-owner-full-control',
  };
  return {
    granary,
    requestId,
    sourceIp: null,
    caller: { kind: 'anonymous', tenantId, tenantName, service },
    facts: (key) => (Object.hasOwn(facts, key) ? facts[key] : undefined),
  };
}
