import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto';
import { GranaryError } from '../errors.js';
import type { Narrowing } from './narrow-caller.js';
import type { SecretBox } from './secret-box.js';

/** What every link says: whose rights it reads with, where, and until when. */
interface LinkRights {
  userId: number;
  tenantId: number;
  bucketId: number;
  /** In seconds since 1970. */
  exp: number;
  /** What whoever made the link was narrowed to: the link is no stronger. */
  limits: readonly Narrowing[];
}

/** Lets whoever holds it download one object. */
export interface ObjectLink extends LinkRights {
  kind: 'object';
  key: string;
  /** Null for the latest version at the time of the download. */
  versionId: string | null;
}

/** Lets whoever holds it download all objects whose keys begin with the prefix, as a zip. */
export interface FolderLink extends LinkRights {
  kind: 'folder';
  prefix: string;
}

export type DownloadLink = ObjectLink | FolderLink;

/** A key or prefix has at most 1,024 bytes; its worst form in JSON and base64url is well below this. */
const MAX_TOKEN_LENGTH = 16_384;

const PURPOSE = 'download';

/** Signs short-lived links to an object or a folder, and checks them. */
export class DownloadLinks {
  readonly #secretBox: SecretBox;

  constructor(secretBox: SecretBox) {
    this.#secretBox = secretBox;
  }

  /** A token that is safe in a URL path as it is. Throws `Denied` when the limits are too long for one. */
  sign(link: DownloadLink): string {
    const encoded = Buffer.from(JSON.stringify(fieldsOf(link)), 'utf8').toString('base64url');
    const token = `${encoded}.${signatureOf(encoded, this.#secretBox.derive(PURPOSE))}`;
    if (token.length > MAX_TOKEN_LENGTH) {
      throw new GranaryError('Denied', 'What you are limited to has too many words for a link.', {
        reason: 'AccessDenied',
      });
    }
    return token;
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
    const given = Buffer.from(signature);
    return this.#secretBox.deriveAll(PURPOSE).some((key) => {
      const expected = Buffer.from(signatureOf(payload, key));
      return given.length === expected.length && timingSafeEqual(given, expected);
    });
  }
}

function signatureOf(payload: string, key: KeyObject): string {
  return createHmac('sha256', key).update(payload).digest('base64url');
}

/** A link to a folder begins with a word, so that neither kind can be read as the other. */
function fieldsOf(link: DownloadLink): unknown[] {
  const { userId, tenantId, bucketId, exp, limits } = link;
  const last = limits.length === 0 ? [exp] : [exp, limits];
  return link.kind === 'folder'
    ? ['folder', userId, tenantId, bucketId, link.prefix, ...last]
    : [userId, tenantId, bucketId, link.key, link.versionId, ...last];
}

/** Only ever sees what {@link DownloadLinks.sign} made. */
function decode(payload: string): DownloadLink {
  const fields = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
  if (fields[0] === 'folder') {
    const [, userId, tenantId, bucketId, prefix, exp, limits = []] = fields;
    return { kind: 'folder', userId, tenantId, bucketId, prefix, exp, limits };
  }
  const [userId, tenantId, bucketId, key, versionId, exp, limits = []] = fields;
  return { kind: 'object', userId, tenantId, bucketId, key, versionId, exp, limits };
}
