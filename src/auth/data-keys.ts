import {
  type CipherKey,
  createCipheriv,
  createDecipheriv,
  createHmac,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';
import { GranaryError } from '../errors.js';
import type { Seal } from '../storage/blob-store.js';
import { KEY_ID_LENGTH, type MasterKeys } from './master-keys.js';

const VERSION = 1;
const KEY_LENGTH = 32;
const SEAL_ID_LENGTH = 16;
const NONCE_LENGTH = 12;
const TAG_LENGTH = 16;

/** Where things stand in a wrapped data key: version, kind of wrapper, wrapper's id, seal id, nonce, key, tag. */
const at = { wrapper: 2, sealId: 18, nonce: 34, key: 46, tag: 78, end: 94 } as const;

const kinds = { master: 1, named: 2, customer: 3 } as const;

/** What a data key is wrapped with: the master key, a named key of a tenant, or a key that only the client has. */
export type KeyWrapper =
  | { kind: 'master' }
  | { kind: 'named'; id: string; key: Buffer }
  | { kind: 'customer'; key: Buffer };

/** A data key and how its row keeps it. */
export interface NewDataKey {
  seal: Seal;
  wrapped: Buffer;
}

/** What a wrapped data key says of its wrapper. */
export type WrapperId = { kind: 'master'; id: Buffer } | { kind: 'named'; id: string } | { kind: 'customer' };

/**
 * Makes, wraps and unwraps the data keys of blobs (AES-256-GCM). Every blob that is written has a key of its own, so that
 * one key seals one blob only, and changing a master key means wrapping data keys anew, never sealing bytes anew.
 */
export class DataKeys {
  readonly #masterKeys: MasterKeys;

  constructor(masterKeys: MasterKeys) {
    this.#masterKeys = masterKeys;
  }

  create(wrapper: KeyWrapper): NewDataKey {
    const random = randomBytes(SEAL_ID_LENGTH + KEY_LENGTH);
    const seal = { id: random.subarray(0, SEAL_ID_LENGTH), key: random.subarray(SEAL_ID_LENGTH) };
    return { seal, wrapped: this.wrap(seal, wrapper) };
  }

  wrap(seal: Seal, wrapper: KeyWrapper): Buffer {
    const record = Buffer.alloc(at.end);
    record[0] = VERSION;
    record[1] = kinds[wrapper.kind];
    this.#wrapperId(wrapper).copy(record, at.wrapper);
    seal.id.copy(record, at.sealId);
    randomBytes(NONCE_LENGTH).copy(record, at.nonce);
    const cipher = createCipheriv('aes-256-gcm', this.#wrappingKey(wrapper), record.subarray(at.nonce, at.key));
    cipher.setAAD(record.subarray(0, at.nonce));
    cipher.update(seal.key).copy(record, at.key);
    cipher.final();
    cipher.getAuthTag().copy(record, at.tag);
    return record;
  }

  /**
   * @throws GranaryError Internal: reason `WrappedKeyBroken` when it is not what was wrapped with the key that it names,
   * `SealBroken` when that is a master key that is not here.
   */
  unwrap(record: Buffer, wrapper: KeyWrapper): Seal {
    const nonce = record.subarray(at.nonce, at.key);
    const decipher = createDecipheriv('aes-256-gcm', this.#unwrappingKey(record, wrapper), nonce, {
      authTagLength: TAG_LENGTH,
    });
    decipher.setAAD(record.subarray(0, at.nonce));
    decipher.setAuthTag(record.subarray(at.tag, at.end));
    try {
      const key = Buffer.concat([decipher.update(record.subarray(at.key, at.tag)), decipher.final()]);
      return { id: record.subarray(at.sealId, at.nonce), key };
    } catch (error) {
      throw broken('A data key does not open: it was changed, or wrapped with another key.', error);
    }
  }

  /** The name that sealed content has on disk: it tells neither the content's digest nor which files are equal. */
  pathName(seal: Seal, sha256: Buffer): Buffer {
    return createHmac('sha256', this.#masterKeys.current.deriveKey('path')).update(seal.id).update(sha256).digest();
  }

  #wrapperId(wrapper: KeyWrapper): Buffer {
    switch (wrapper.kind) {
      case 'master':
        return this.#masterKeys.current.id;
      case 'named':
        return Buffer.from(wrapper.id.replaceAll('-', ''), 'hex');
      case 'customer':
        return Buffer.alloc(0);
      default:
        return wrapper satisfies never;
    }
  }

  #wrappingKey(wrapper: KeyWrapper): CipherKey {
    return wrapper.kind === 'master' ? this.#masterKeys.current.deriveKey('wrap') : wrapper.key;
  }

  #unwrappingKey(record: Buffer, wrapper: KeyWrapper): CipherKey {
    if (wrapper.kind !== 'master') {
      return wrapper.key;
    }
    const key = this.#masterKeys.find(record.subarray(at.wrapper, at.wrapper + KEY_ID_LENGTH));
    if (key === undefined) {
      throw new GranaryError('Internal', 'A data key was wrapped with a master key that is not here.', {
        reason: 'SealBroken',
      });
    }
    return key.deriveKey('wrap');
  }
}

/** What a data key was wrapped with. @throws GranaryError Internal, reason `WrappedKeyBroken`, for what is no wrapped key. */
export function wrapperOf(record: Buffer): WrapperId {
  if (record.length !== at.end || record[0] !== VERSION) {
    throw broken('A wrapped data key is malformed.');
  }
  const id = record.subarray(at.wrapper, at.sealId);
  switch (record[1]) {
    case kinds.master:
      return { kind: 'master', id: id.subarray(0, KEY_ID_LENGTH) };
    case kinds.named:
      return { kind: 'named', id: id.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-') };
    case kinds.customer:
      return { kind: 'customer' };
    default:
      throw broken('A data key was wrapped with an unknown kind of key.');
  }
}

/** Compares without telling by its time where two keys differ. */
export function isSameKey(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

function broken(message: string, cause?: unknown): GranaryError {
  return new GranaryError('Internal', message, { reason: 'WrappedKeyBroken', cause });
}
