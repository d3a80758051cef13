import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { GranaryError } from '../errors.js';

const FORMAT = 1;
const KEY_ID_LENGTH = 4;
const NONCE_LENGTH = 12;
const TAG_LENGTH = 16;
const HEADER_LENGTH = 1 + KEY_ID_LENGTH + NONCE_LENGTH;

/** The length of the master key in bytes. */
export const MASTER_KEY_LENGTH = 32;

/**
 * Seals secrets for storage with AES-256-GCM under keys derived from the master key.
 *
 * A sealed secret is: format (1 byte), key id (4), nonce (12), ciphertext, tag (16). The context (which row it belongs
 * to) is authenticated with it, so that a sealed value copied to another row does not open there.
 */
export class SecretBox {
  readonly #masterKey: Buffer;
  readonly #sealingKey: Buffer;
  readonly #keyId: Buffer;

  constructor(masterKey: Buffer) {
    if (masterKey.length !== MASTER_KEY_LENGTH) {
      throw new GranaryError('InvalidInput', `The master key has ${masterKey.length} bytes; it must have 32.`);
    }
    this.#masterKey = masterKey;
    this.#sealingKey = this.derive('seal');
    this.#keyId = this.derive('key-id').subarray(0, KEY_ID_LENGTH);
  }

  /** Seals a secret for one place only; the same context opens it. */
  seal(plaintext: string, context: string): Buffer {
    const header = Buffer.concat([Buffer.of(FORMAT), this.#keyId, randomBytes(NONCE_LENGTH)]);
    const cipher = createCipheriv('aes-256-gcm', this.#sealingKey, header.subarray(1 + KEY_ID_LENGTH));
    cipher.setAAD(associatedData(header, context));
    return Buffer.concat([header, cipher.update(plaintext, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  }

  /** Throws `Internal` with reason `SealBroken` when it was sealed with another key, elsewhere, or changed since. */
  open(sealed: Buffer, context: string): string {
    if (!this.recognizes(sealed)) {
      throw sealBroken('A stored secret was sealed with another master key.');
    }
    const header = sealed.subarray(0, HEADER_LENGTH);
    const nonce = header.subarray(1 + KEY_ID_LENGTH);
    const decipher = createDecipheriv('aes-256-gcm', this.#sealingKey, nonce, { authTagLength: TAG_LENGTH });
    decipher.setAAD(associatedData(header, context));
    decipher.setAuthTag(sealed.subarray(-TAG_LENGTH));
    try {
      const start = decipher.update(sealed.subarray(HEADER_LENGTH, -TAG_LENGTH));
      return Buffer.concat([start, decipher.final()]).toString('utf8');
    } catch (error) {
      throw sealBroken('A stored secret does not open: it was changed or moved.', error);
    }
  }

  /** True when the value says that it was sealed with this master key. */
  recognizes(sealed: Buffer): boolean {
    return (
      sealed.length >= HEADER_LENGTH + TAG_LENGTH &&
      sealed[0] === FORMAT &&
      sealed.subarray(1, 1 + KEY_ID_LENGTH).equals(this.#keyId)
    );
  }

  /** A 32-byte key for one purpose; knowing it tells nothing of the master key or of another purpose's. */
  derive(purpose: string): Buffer {
    return Buffer.from(hkdfSync('sha256', this.#masterKey, '', `granary/${purpose}`, 32));
  }
}

function associatedData(header: Buffer, context: string): Buffer {
  return Buffer.concat([header, Buffer.from(context, 'utf8')]);
}

function sealBroken(message: string, cause?: unknown): GranaryError {
  return new GranaryError('Internal', message, { reason: 'SealBroken', cause });
}
