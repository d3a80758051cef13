import { createHash, createHmac, type KeyObject, randomBytes, timingSafeEqual } from 'node:crypto';
import type { SecretBox } from './secret-box.js';

/** For how long whoever gave a link's password need not give it again. */
export const unlockedSeconds = 3600;

/** What there is of a link that a proof must fit: with another password, what was proved before is worth nothing. */
export interface LockedLink {
  id: number;
  passwordHash: string;
}

/** A new token: 256 random bits, safe in a URL path as they are. */
export function newShareToken(): string {
  return randomBytes(32).toString('base64url');
}

/** What is kept of a token, which is random enough for a fast hash. Of whatever a visitor sends, as long as it may be. */
export function shareDigest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** What a visitor gets for the link's password, for a cookie or a header. */
export function proveUnlocked(secretBox: SecretBox, link: LockedLink): { proof: string; expiresAt: Date } {
  const until = Math.floor(Date.now() / 1000) + unlockedSeconds;
  const proof = `${until}.${proofOf(secretBox.derive(proofPurpose), link, until)}`;
  return { proof, expiresAt: new Date(until * 1000) };
}

/** Whether a visitor has given the password of this very link, not long ago. */
export function isUnlocked(secretBox: SecretBox, link: LockedLink, proof: string | undefined): boolean {
  const [, until, signature] = /^(\d{1,12})\.([\w-]{43})$/.exec(proof ?? '') ?? [];
  if (until === undefined || signature === undefined || Number(until) * 1000 <= Date.now()) {
    return false;
  }
  return secretBox.deriveAll(proofPurpose).some((key) => isSame(signature, proofOf(key, link, Number(until))));
}

/** A random value for a cookie, to which the forms that are sent from our own page belong. */
export function newFormSecret(): string {
  return randomBytes(16).toString('base64url');
}

/** What a form of ours carries: it fits the cookie of the browser that it was shown in, and the link. */
export function formProof(secretBox: SecretBox, { token, secret }: { token: string; secret: string }): string {
  return formProofOf(secretBox.derive(formPurpose), token, secret);
}

export function isFormProof(
  secretBox: SecretBox,
  { token, secret, proof }: { token: string; secret: string; proof: string },
): boolean {
  return secretBox.deriveAll(formPurpose).some((key) => isSame(proof, formProofOf(key, token, secret)));
}

const proofPurpose = 'share-proof';
const formPurpose = 'share-form';

function proofOf(key: KeyObject, { id, passwordHash }: LockedLink, until: number): string {
  return createHmac('sha256', key)
    .update(JSON.stringify([id, passwordHash, until]))
    .digest('base64url');
}

function formProofOf(key: KeyObject, token: string, secret: string): string {
  return createHmac('sha256', key)
    .update(JSON.stringify([token, secret]))
    .digest('base64url');
}

function isSame(given: string, expected: string): boolean {
  const bytes = Buffer.from(given);
  return bytes.length === Buffer.byteLength(expected) && timingSafeEqual(bytes, Buffer.from(expected));
}
