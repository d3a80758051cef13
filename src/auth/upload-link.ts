import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto';
import { GranaryError } from '../errors.js';
import type { Narrowing } from './narrow-caller.js';
import type { SecretBox } from './secret-box.js';

/** Lets whoever holds it send one part of one upload. */
export interface UploadLink {
  /** Whose rights it writes with. */
  userId: number;
  uploadId: string;
  partNumber: number;
  /** In seconds since 1970. */
  exp: number;
  /** What whoever made the link was narrowed to: the link is no stronger. */
  limits: readonly Narrowing[];
}

const longestToken = 8192;
const purpose = 'upload part';

/** A token that is safe in a query as it is. Throws `Denied` when the limits are too long for one. */
export function signUploadLink(box: SecretBox, { userId, uploadId, partNumber, exp, limits }: UploadLink): string {
  const fields = [userId, uploadId, partNumber, exp, ...(limits.length === 0 ? [] : [limits])];
  const payload = Buffer.from(JSON.stringify(fields)).toString('base64url');
  const token = `${payload}.${signatureOf(payload, box.derive(purpose))}`;
  if (token.length > longestToken) {
    throw new GranaryError('Denied', 'What you are limited to has too many words for a link.', {
      reason: 'AccessDenied',
    });
  }
  return token;
}

/** Undefined unless this server made the token; it may have expired. */
export function readUploadLink(box: SecretBox, token: string): UploadLink | undefined {
  const [payload, signature, ...rest] = token.length > longestToken ? [] : token.split('.');
  if (payload === undefined || signature === undefined || rest.length > 0) {
    return undefined;
  }
  const given = Buffer.from(signature);
  const isSigned = box.deriveAll(purpose).some((key) => {
    const expected = Buffer.from(signatureOf(payload, key));
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
  if (!isSigned) {
    return undefined;
  }
  const [userId, uploadId, partNumber, exp, limits = []] = JSON.parse(Buffer.from(payload, 'base64url').toString());
  return { userId, uploadId, partNumber, exp, limits };
}

function signatureOf(payload: string, key: KeyObject): string {
  return createHmac('sha256', key).update(payload).digest('base64url');
}
