import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { CredentialScope } from './credential-scope.js';

interface CachedKey {
  secret: string;
  key: KeyObject;
}

const cache = new LRUCache<string, CachedKey>({ max: 10_000 });

/** The key that signs within the scope; kept, as it changes once a day. A changed secret makes a new one. */
export function signingKey(scope: CredentialScope, secret: string): KeyObject {
  const name = `${scope.accessKeyId}/${scope.date}/${scope.region}/${scope.service}`;
  const known = cache.get(name);
  if (known !== undefined && known.secret === secret) {
    return known.key;
  }
  const key = createSecretKey(deriveSigningKey(scope, secret));
  cache.set(name, { secret, key });
  return key;
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html, step 3. */
function deriveSigningKey({ date, region, service }: CredentialScope, secret: string): Buffer {
  const dateKey = hmac(Buffer.from(`AWS4${secret}`), date);
  return hmac(hmac(hmac(dateKey, region), service), 'aws4_request');
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
