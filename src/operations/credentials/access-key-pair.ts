import { randomBytes, randomInt } from 'node:crypto';

const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

export interface AccessKeyPair {
  accessKeyId: string;
  secretAccessKey: string;
}

/**
 * A fresh credential pair: an id of 20 characters (temporary ones begin as with AWS, for tools look at it) and a secret
 * of 40 that needs no escaping anywhere.
 */
export function newAccessKeyPair(prefix: 'GK' | 'ASIA' = 'GK'): AccessKeyPair {
  const id = Array.from({ length: 20 - prefix.length }, () => base32[randomInt(base32.length)]);
  return { accessKeyId: `${prefix}${id.join('')}`, secretAccessKey: randomBytes(30).toString('base64url') };
}
