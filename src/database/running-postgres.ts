import { setTimeout as delay } from 'node:timers/promises';
import { GranaryError } from '../errors.js';
import { addressOf, EMBEDDED_DATABASE, layoutOf } from './embedded.js';
import { readPassword } from './embedded-cluster.js';
import { holderOf } from './embedded-lock.js';
import { readPostmasterFile } from './embedded-pid.js';

const startLimitMs = 30_000;

/**
 * The address of the embedded PostgreSQL that another process runs on a data directory, by the socket that only its
 * user can open; undefined when nobody does. One that is just starting is waited for.
 * @throws GranaryError Unavailable when it does not come up.
 */
export async function findRunningPostgres(dataDir: string): Promise<string | undefined> {
  const layout = layoutOf(dataDir);
  const deadline = Date.now() + startLimitMs;
  while ((await holderOf(layout.lockFile)) !== undefined) {
    const postmaster = await readPostmasterFile(layout.cluster);
    if (postmaster?.ready) {
      const password = await readPassword(layout);
      return addressOf({ password, host: postmaster.socketDirectory, port: postmaster.port })(EMBEDDED_DATABASE);
    }
    if (Date.now() > deadline) {
      throw new GranaryError('Unavailable', `A server has ${dataDir}, but its database does not come up. Try again`);
    }
    await delay(50);
  }
  return undefined;
}
