import type { RequestHeaders } from './request-headers.js';
import { s3Error } from './s3-error.js';

/** Beginnings of the headers whose features are not there: who sends one must not believe that it was heeded. */
const refusedPrefixes = [
  'x-amz-server-side-encryption-context',
  'x-amz-object-lock-event-hold',
  'x-amz-write-offset-bytes',
  'x-amz-mfa',
];

/** Throws NotImplemented when a header asks for what this server does not do. */
export function refuseUnsupportedHeaders({ amzNames }: RequestHeaders): void {
  const refused = amzNames.find((name) => refusedPrefixes.some((prefix) => name.startsWith(prefix)));
  if (refused !== undefined) {
    throw s3Error('NotImplemented', 'A header you provided implies functionality that is not implemented', {
      Header: refused,
    });
  }
}
