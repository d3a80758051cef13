import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from 'node:crypto';
import { GranaryError } from '../errors.js';
import { KEY_ID_LENGTH, type MasterKey, type MasterKeys } from './master-keys.js';

const FORMAT = 1;
const NONCE_LENGTH = 12;
const TAG_LENGTH = 16;
const HEADER_LENGTH = 1 + KEY_ID_LENGTH + NONCE_LENGTH;

/**
 * Seals secrets for storage with AES-256-GCM under keys derived from the master keys.
 *
 * A sealed secret is: format (1 byte), key id (4), nonce (12), ciphertext, tag (16). The context (which row it belongs
 * to) is authenticated with it, so that a sealed value copied to another row does not open there.
 */
export class SecretBox {
  readonly #masterKeys: MasterKeys;

  constructor(masterKeys: MasterKeys) {
    this.#masterKeys = masterKeys;
  }

  /** Seals a secret for one place only, with the current master key; the same context opens it. */
  seal(plaintext: string | Buffer, context: string): Buffer {
    const key = this.#masterKeys.current;
    const header = Buffer.concat([Buffer.of(FORMAT), key.id, randomBytes(NONCE_LENGTH)]);
    const cipher = createCipheriv('aes-256-gcm', key.deriveKey('seal'), header.subarray(1 + KEY_ID_LENGTH));
    cipher.setAAD(associatedData(header, context));
    const bytes = typeof plaintext === 'string' ? Buffer.from(plaintext, 'utf8') : plaintext;
    return Buffer.concat([header, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
  }

  /** Throws `Internal` with reason `SealBroken` when it was sealed with another key, elsewhere, or changed since. */
  open(sealed: Buffer, context: string): string {
    return this.openBytes(sealed, context).toString('utf8');
  }

  /** As {@link open}, for what is not text. */
  openBytes(sealed: Buffer, context: string): Buffer {
    const key = this.#keyOf(sealed);
    if (key === undefined) {
      throw sealBroken('A stored secret was sealed with a master key that is not here.');
    }
    const header = sealed.subarray(0, HEADER_LENGTH);
    const nonce = header.subarray(1 + KEY_ID_LENGTH);
    const decipher = createDecipheriv('aes-256-gcm', key.deriveKey('seal'), nonce, { authTagLength: TAG_LENGTH });
    decipher.setAAD(associatedData(header, context));
    decipher.setAuthTag(sealed.subarray(-TAG_LENGTH));
    try {
      const start = decipher.update(sealed.subarray(HEADER_LENGTH, -TAG_LENGTH));
      return Buffer.concat([start, decipher.final()]);
    } catch (error) {
      throw sealBroken('A stored secret does not open: it was changed or moved.', error);
    }
  }

  /** True when the value says that it was sealed with one of these master keys. */
  recognizes(sealed: Buffer): boolean {
    return this.#keyOf(sealed) !== undefined;
  }

  /** A 32-byte key for one purpose, from the current master key. */
  derive(purpose: string): KeyObject {
    return this.#masterKeys.current.deriveKey(purpose);
  }

  /** The keys for the purpose from all master keys: what was made with an older one is still good. */
  deriveAll(purpose: string): KeyObject[] {
    return this.#masterKeys.all.map((key) => key.deriveKey(purpose));
  }

  #keyOf(sealed: Buffer): MasterKey | undefined {
    return sealed.length >= HEADER_LENGTH + TAG_LENGTH && sealed[0] === FORMAT
      ? this.#masterKeys.find(sealed.subarray(1, 1 + KEY_ID_LENGTH))
      : undefined;
  }
}

function associatedData(header: Buffer, context: string): Buffer {
  return Buffer.concat([header, Buffer.from(context, 'utf8')]);
}

function sealBroken(message: string, cause?: unknown): GranaryError {
  return new GranaryError('Internal', message, { reason: 'SealBroken', cause });
}
