import { hash } from 'node:crypto';
import { GranaryError } from '../errors.js';

/** Bytes from a row, when they are the ones that were written; throws `CorruptBlob` otherwise. */
export function verifyContent(content: Buffer, sha256: Buffer): Buffer {
  if (hash('sha256', content, 'hex') !== sha256.toString('hex')) {
    throw new GranaryError('Internal', 'The stored bytes are not the ones that were written', {
      reason: 'CorruptBlob',
    });
  }
  return content;
}
