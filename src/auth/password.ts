import { randomBytes } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';
import { WorkGate } from '../turns/work-gate.js';

/** Argon2id (the library's default kind) with the parameters that OWASP's password storage cheat sheet names. */
const parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Two at a time: the work runs on the thread pool that file access needs too, and takes 19 MiB each. */
const gate = new WorkGate({ running: 2, waiting: 64 });

let decoy: Promise<string> | undefined;

/** The password's hash in PHC string form. Throws `Unavailable` when too many are asked for at once. */
export function hashPassword(password: string): Promise<string> {
  return gate.run(() => hash(password, parameters));
}

/**
 * True when the password is the one that was hashed. Without a hash (no such user, or one without a password) it takes
 * just as long and is false, so that the time of the answer tells nothing.
 */
export async function verifyPassword(passwordHash: string | null | undefined, password: string): Promise<boolean> {
  if (passwordHash === null || passwordHash === undefined) {
    decoy ??= hash(randomBytes(32), parameters);
    const decoyHash = await decoy;
    await gate.run(() => verify(decoyHash, password));
    return false;
  }
  return gate.run(() => verify(passwordHash, password));
}
