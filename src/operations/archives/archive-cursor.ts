import { GranaryError } from '../../errors.js';

/** For a place to go on from that no page of this archive gave. */
export function invalidCursor(): GranaryError {
  return new GranaryError('InvalidInput', 'This is not a place in the archive.', {
    reason: 'InvalidArgument',
    field: ['after'],
  });
}
