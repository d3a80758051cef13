import { createHmac, timingSafeEqual } from 'node:crypto';
import { GranaryError } from '../errors.js';
import type { SecretBox } from './secret-box.js';

/** What a link lets whoever holds it download. */
export interface DownloadLink {
  /** Whose rights it reads with. */
  userId: number;
  tenantId: number;
  bucketId: number;
  key: string;
  /** Null for the latest version at the time of the download. */
  versionId: string | null;
  /** In seconds since 1970. */
  exp: number;
}

/** A key has at most 1,024 bytes; its worst form in JSON and base64url is well below this. */
const MAX_TOKEN_LENGTH = 16_384;

/** Signs short-lived links to one object, and checks them. */
export class DownloadLinks {
  readonly #key: Buffer;

  constructor(secretBox: SecretBox) {
    this.#key = secretBox.derive('download');
  }

  /** A token that is safe in a URL path as it is. */
  sign(link: DownloadLink): string {
    const payload = JSON.stringify([link.userId, link.tenantId, link.bucketId, link.key, link.versionId, link.exp]);
    const encoded = Buffer.from(payload, 'utf8').toString('base64url');
    return `${encoded}.${this.#signature(encoded).toString('base64url')}`;
  }

  /** Throws `Denied` with reason `InvalidLink` or `ExpiredLink`. */
  verify(token: string): DownloadLink {
    const [payload, signature, ...rest] = token.length > MAX_TOKEN_LENGTH ? [] : token.split('.');
    if (payload === undefined || signature === undefined || rest.length > 0 || !this.#isSigned(payload, signature)) {
      throw new GranaryError('Denied', 'The download link is not valid.', { reason: 'InvalidLink' });
    }
    const link = decode(payload);
    if (link.exp * 1000 <= Date.now()) {
      throw new GranaryError('Denied', 'The download link has expired.', { reason: 'ExpiredLink' });
    }
    return link;
  }

  #isSigned(payload: string, signature: string): boolean {
    const expected = Buffer.from(this.#signature(payload).toString('base64url'));
    const given = Buffer.from(signature);
    return given.length === expected.length && timingSafeEqual(given, expected);
  }

  #signature(payload: string): Buffer {
    return createHmac('sha256', this.#key).update(payload).digest();
  }
}

/** Only ever sees what {@link DownloadLinks.sign} made. */
function decode(payload: string): DownloadLink {
  const [userId, tenantId, bucketId, key, versionId, exp] = JSON.parse(
    Buffer.from(payload, 'base64url').toString('utf8'),
  );
  return { userId, tenantId, bucketId, key, versionId, exp };
}
