import { createHmac } from 'node:crypto';
import { networkOf } from '../../auth/network-of.js';
import { type Queryable, statement } from '../../database/database.js';
import { GranaryError } from '../../errors.js';
import type { Granary } from '../context.js';
import type { Origin } from './session.js';

/** Whose name is tried. */
export interface AttemptedUser {
  tenant: string;
  username: string;
  /** Where there is such a user. */
  userId?: number | undefined;
}

/** What is counted together, how many failures are free, and how long a wait grows at most. */
interface Subject {
  digest: Buffer;
  free: number;
  longestSeconds: number;
}

/** So many people may share an address. */
const ADDRESS_FACTOR = 4;
const LONGEST_WAIT_SECONDS = 900;
/** Where the user has signed in before, nobody can keep it waiting for long. */
const LONGEST_WAIT_AT_KNOWN_ADDRESS_SECONDS = 60;
/** Failures older than this are not counted on. */
const MEMORY_SECONDS = 24 * 60 * 60;
const KNOWN_ADDRESS_DAYS = 90;

const isKnownAddress = statement(
  'is_known_address',
  `SELECT 1 AS known FROM sign_in_address
   WHERE user_id = $1 AND address = $2 AND last_used_at > now() - make_interval(days => ${KNOWN_ADDRESS_DAYS})`,
);
const findWait = statement(
  'find_sign_in_wait',
  `SELECT EXTRACT(EPOCH FROM max(blocked_until) - now())::float8 AS seconds
   FROM sign_in_throttle WHERE subject = ANY ($1::bytea[]) AND blocked_until > now()`,
);
const failures = `CASE WHEN t.last_failed_at < now() - make_interval(secs => ${MEMORY_SECONDS}) THEN 1
                  ELSE LEAST(t.failures, 1000000) + 1 END`;
const insertFailure = statement(
  'insert_sign_in_failure',
  `INSERT INTO sign_in_throttle AS t (subject, user_id, failures, last_failed_at) VALUES ($1, $2, 1, now())
   ON CONFLICT (subject) DO UPDATE SET failures = ${failures}, last_failed_at = now(),
     blocked_until = CASE WHEN ${failures} > $3::int
       THEN now() + make_interval(secs => LEAST($4::float8, 2 ^ LEAST(${failures} - $3::int, 30))) END`,
);
const deleteFailures = statement(
  'delete_sign_in_failures',
  'DELETE FROM sign_in_throttle WHERE subject = ANY ($1::bytea[])',
);
const deleteFailuresOfUser = statement('delete_failures_of_user', 'DELETE FROM sign_in_throttle WHERE user_id = $1');
const rememberAddress = statement(
  'remember_sign_in_address',
  `INSERT INTO sign_in_address (user_id, address, last_used_at) VALUES ($1, $2, now())
   ON CONFLICT (user_id, address) DO UPDATE SET last_used_at = now()`,
);

/**
 * Throws `RateLimited` while the name or the address has to wait after failures. Whether there is such a user makes no
 * difference. A user is not kept waiting by what strangers do: where it has signed in before, only failures from there
 * with its own name count.
 */
export async function refuseThrottled(granary: Granary, user: AttemptedUser, origin: Origin): Promise<void> {
  const subjects = await subjectsOf(granary.database, granary, { user, origin });
  const [wait] = await granary.database.query<{ seconds: number | null }>(findWait, [
    subjects.map(({ digest }) => digest),
  ]);
  if (wait?.seconds != null) {
    const retryAfter = Math.max(1, Math.ceil(wait.seconds));
    throw new GranaryError('RateLimited', `Too many failed attempts. Try again in ${retryAfter} s.`, {
      reason: 'TooManyAttempts',
      data: { retryAfter },
    });
  }
}

/** Counts a failure: beyond those that are free, each doubles the wait until the next attempt. */
export async function countFailure(granary: Granary, user: AttemptedUser, origin: Origin): Promise<void> {
  for (const { digest, free, longestSeconds } of await subjectsOf(granary.database, granary, { user, origin })) {
    await granary.database.query(insertFailure, [digest, user.userId ?? null, free, longestSeconds]);
  }
}

/** After a success: forgets the failures with this name from there, and remembers that the user comes from there. */
export async function welcomeAddress(
  tx: Queryable,
  granary: Granary,
  attempt: { user: AttemptedUser & { userId: number }; origin: Origin },
): Promise<void> {
  const [ofUser] = await subjectsOf(tx, granary, attempt);
  await tx.query(deleteFailures, [[ofUser?.digest]]);
  const address = networkOf(attempt.origin.sourceIp);
  if (address !== undefined) {
    await tx.query(rememberAddress, [attempt.user.userId, address]);
  }
}

/** Forgets all failures with a user's name. */
export async function forgetFailures(tx: Queryable, userId: number): Promise<void> {
  await tx.query(deleteFailuresOfUser, [userId]);
}

/** The first one is what only failures with this name count towards. */
async function subjectsOf(
  database: Queryable,
  granary: Granary,
  { user, origin }: { user: AttemptedUser; origin: Origin },
): Promise<Subject[]> {
  const free = granary.settings.signInAttempts;
  const address = networkOf(origin.sourceIp);
  const name = `${user.tenant}/${user.username}`;
  const digestOf = (...parts: string[]) => digest(granary, parts);
  if (address === undefined) {
    return [{ digest: digestOf('user', name), free, longestSeconds: LONGEST_WAIT_SECONDS }];
  }
  const known = user.userId === undefined ? [] : await database.query(isKnownAddress, [user.userId, address]);
  if (known.length > 0) {
    const longestSeconds = LONGEST_WAIT_AT_KNOWN_ADDRESS_SECONDS;
    return [{ digest: digestOf('user at address', name, address), free, longestSeconds }];
  }
  return [
    { digest: digestOf('user', name), free, longestSeconds: LONGEST_WAIT_SECONDS },
    { digest: digestOf('address', address), free: free * ADDRESS_FACTOR, longestSeconds: LONGEST_WAIT_SECONDS },
  ];
}

/** Keyed, for people type passwords where the name belongs, and a plain digest of one can be guessed. */
function digest({ secretBox }: Granary, parts: string[]): Buffer {
  return createHmac('sha256', secretBox.derive('sign-in-throttle')).update(JSON.stringify(parts)).digest();
}
