import { resolveBucket } from '../operations/access/authorize.js';
import { bucketAddress, type Exchange } from './exchange.js';

/**
 * S3 says that there is no such bucket before it finds fault with what is asked of it. Whether another tenant has the
 * bucket, only who is allowed something in it learns, from the operation itself.
 */
export async function requireBucket(exchange: Exchange): Promise<void> {
  const address = bucketAddress(exchange);
  const { caller } = exchange.context;
  if (address.tenant === undefined || address.tenant === caller.tenantName) {
    await resolveBucket(exchange.context, address);
  }
}
