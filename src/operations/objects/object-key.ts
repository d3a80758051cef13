import { GranaryError } from '../../errors.js';

const maxKeyBytes = 1024;

/** An S3 object key: 1 to 1024 bytes of UTF-8, anything but NUL, which PostgreSQL cannot keep. */
export function validateObjectKey(key: string, field: string[] = ['key']): void {
  if (key.length === 0) {
    throw new GranaryError('InvalidInput', 'An object key must not be empty.', { reason: 'InvalidArgument', field });
  }
  if (Buffer.byteLength(key) > maxKeyBytes) {
    throw new GranaryError('InvalidInput', `An object key may have at most ${maxKeyBytes} bytes.`, {
      reason: 'KeyTooLongError',
      field,
    });
  }
  if (key.includes('\0') || !key.isWellFormed()) {
    throw new GranaryError('InvalidInput', 'An object key must be Unicode without the character NUL.', {
      reason: 'InvalidArgument',
      field,
    });
  }
}
