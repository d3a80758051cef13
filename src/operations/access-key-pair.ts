import { randomBytes, randomInt } from 'node:crypto';

const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

export interface AccessKeyPair {
  accessKeyId: string;
  secretAccessKey: string;
}

/** A fresh credential pair: an id of 20 characters and a secret of 40 that needs no escaping anywhere. */
export function newAccessKeyPair(): AccessKeyPair {
  const id = Array.from({ length: 18 }, () => base32[randomInt(base32.length)]);
  return { accessKeyId: `GK${id.join('')}`, secretAccessKey: randomBytes(30).toString('base64url') };
}
