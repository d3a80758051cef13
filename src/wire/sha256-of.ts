import { GranaryError } from '../errors.js';

/** A SHA-256 from its hexadecimal form. */
export function sha256Of(text: string | null | undefined): Buffer | undefined {
  if (text === null || text === undefined) {
    return undefined;
  }
  if (!/^[0-9a-f]{64}$/i.test(text)) {
    throw new GranaryError('InvalidInput', 'A SHA-256 has 64 hexadecimal digits.', {
      reason: 'InvalidArgument',
      field: ['sha256'],
    });
  }
  return Buffer.from(text, 'hex');
}
