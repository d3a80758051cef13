import type { RequestHeaders } from './request-headers.js';
import { s3Error } from './s3-error.js';

/** Beginnings of the headers whose features are not there: who sends one must not believe that it was heeded. */
const refusedPrefixes = [
  'x-amz-server-side-encryption-context',
  'x-amz-grant-',
  'x-amz-object-lock-event-hold',
  'x-amz-website-redirect-location',
  'x-amz-write-offset-bytes',
  'x-amz-mfa',
];

/** Headers that are fine with the one value that describes what happens anyway. */
const acceptedValues: Record<string, string> = { 'x-amz-acl': 'private' };

/** Throws NotImplemented when a header asks for what this server does not do. */
export function refuseUnsupportedHeaders({ values, amzNames }: RequestHeaders): void {
  for (const name of amzNames) {
    const accepted = Object.hasOwn(acceptedValues, name) ? acceptedValues[name] : undefined;
    if (accepted === undefined) {
      if (!refusedPrefixes.some((prefix) => name.startsWith(prefix))) {
        continue;
      }
    } else if (values[name]?.toLowerCase() === accepted.toLowerCase()) {
      continue;
    }
    throw s3Error('NotImplemented', 'A header you provided implies functionality that is not implemented', {
      Header: name,
    });
  }
}
