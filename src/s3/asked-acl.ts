import type { AskedAcl } from '../operations/access/asked-acl.js';
import type { Exchange } from './exchange.js';
import { hasBody, readDocument } from './incoming-body.js';
import { asksForAcl, parseAcl, readAcl } from './protocol/acl.js';
import { s3Error } from './protocol/s3-error.js';
import { requireBucket } from './require-bucket.js';

/** The list that PutBucketAcl and PutObjectAcl are to set, from the headers or from the body. */
export async function askedAcl(exchange: Exchange): Promise<AskedAcl> {
  const { headers } = exchange.request;
  const document = hasBody(exchange.request) ? await readDocument(exchange) : Buffer.alloc(0);
  if (document.length > 0 && asksForAcl(headers)) {
    throw s3Error('UnexpectedContent');
  }
  const fromHeaders = readAcl(headers);
  if (fromHeaders !== undefined) {
    return fromHeaders;
  }
  if (document.length === 0) {
    await requireBucket(exchange);
    throw s3Error('MissingSecurityHeader');
  }
  return parseAcl(document);
}
