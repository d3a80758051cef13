import { isIP } from 'node:net';
import type { Granary } from './context.js';
import { notificationBounds } from './notifications/notification-target-input.js';
import { guardedLookup } from './outgoing-address.js';

/**
 * The address behind a host of a target, which the settings permit. Clients that look names up by themselves are given
 * it in place of the name, so that it is the one that was judged. Throws when there is none.
 */
export function permittedAddress({ settings }: Granary, host: string): Promise<string> {
  if (isIP(host) !== 0) {
    // Addresses were judged when the URL was read.
    return Promise.resolve(host);
  }
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  guardedLookup(notificationBounds(settings.notificationAllowPrivate))(host, {}, (error, address) => {
    if (error === null) {
      resolve(String(address));
    } else {
      reject(error);
    }
  });
  return promise;
}
