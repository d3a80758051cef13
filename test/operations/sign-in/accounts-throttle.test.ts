import type { Granary } from '../../../src/operations/context.js';
import { createUser } from '../../../src/operations/identities/create-user.js';
import { unlockUser } from '../../../src/operations/sign-in/unlock-user.js';
import { keepWaiting, startedSession } from '../../support/sign-in.js';
import { type IdentityFixture, openIdentityFixture } from '../identities/identity-fixture.js';

let fixture: IdentityFixture;
const password = 'correct horse battery';
let next = 1;

beforeAll(async () => {
  fixture = await openIdentityFixture();
});
afterAll(() => fixture?.close());

const from = (sourceIp: string | null) => ({ requestId: 'test', sourceIp });
const freshAddress = () => `198.51.100.${next++}`;

const attempt = (username: string, given: string, sourceIp: string | null, granary: Granary = fixture.granary) =>
  startedSession(granary, { username, password: given }, from(sourceIp)).then(
    () => 'in',
    (error) => error.reason as string,
  );

async function fail(username: string, sourceIp: string | null, times: number): Promise<string[]> {
  const answers: string[] = [];
  for (let i = 0; i < times; i++) {
    answers.push(await attempt(username, `wrong ${i}`, sourceIp));
  }
  return answers;
}

async function newUser(username: string): Promise<void> {
  await createUser(fixture.admin, { username, password });
}

const wrong = 'InvalidCredentials';
const waiting = 'TooManyAttempts';

describe('after failures', () => {
  test('a name has to wait, whether there is such a user or not, in every process, and with the right password too', async () => {
    await newUser('slow');
    const other = await fixture.openAnother();
    for (const name of ['slow', 'no-such-user']) {
      const address = freshAddress();
      expect(await fail(name, address, 6)).toEqual([wrong, wrong, wrong, wrong, wrong, wrong]);
      await keepWaiting(fixture.granary);
      expect(await attempt(name, 'wrong', address)).toBe(waiting);
      expect(await attempt(name, password, freshAddress(), other)).toBe(waiting);
    }
  });

  test('each failure more doubles the wait, up to a quarter of an hour', async () => {
    await newUser('slower');
    await fail('slower', null, 6);
    const waits: number[] = [];
    const { pool } = fixture.granary.database;
    for (let i = 0; i < 12; i++) {
      const { rows } = await pool.query(
        `SELECT round(extract(epoch FROM blocked_until - last_failed_at))::int AS wait FROM sign_in_throttle t
         JOIN user_account u ON u.id = t.user_id WHERE u.username = 'slower'`,
      );
      waits.push(rows[0].wait);
      await pool.query('UPDATE sign_in_throttle SET blocked_until = now()');
      await fail('slower', null, 1);
    }
    expect(waits).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]);
  });

  test('what strangers do does not keep a user waiting where it has signed in before', async () => {
    await newUser('known');
    const home = '2001:db8:1:2::7';
    expect(await attempt('known', password, home)).toBe('in');
    await fail('known', freshAddress(), 7);
    await keepWaiting(fixture.granary);
    expect(await attempt('known', password, freshAddress())).toBe(waiting);
    expect(await attempt('known', password, '2001:db8:1:2:ffff::1')).toBe('in');
    await fail('known', home, 6);
    await keepWaiting(fixture.granary);
    expect(await attempt('known', password, home)).toBe(waiting);
  });

  test('an address that tries many names has to wait; addresses in one /64 are one', async () => {
    await newUser('target');
    const answers: string[] = [];
    for (let i = 0; i < 23; i++) {
      answers.push(...(await fail(`name-${i}`, `2001:db8:9:9::${(i + 1).toString(16)}`, 1)));
      await keepWaiting(fixture.granary);
    }
    expect(answers.slice(0, 21)).toEqual(Array(21).fill(wrong));
    expect(answers.slice(21)).toEqual([waiting, waiting]);
    expect(await attempt('target', password, '2001:db8:9:9:aaaa:bbbb:cccc:dddd')).toBe(waiting);
    expect(await attempt('target', password, '2001:db8:9:a::1')).toBe('in');
  }, 60_000);

  test('of guesses that are sent at once, a right one after the first failures does not get in', async () => {
    await newUser('burst');
    const address = freshAddress();
    const guesses = [...Array(20).fill('wrong'), password];
    const answers = await Promise.all(guesses.map((guess) => attempt('burst', guess, address)));
    expect(answers).not.toContain('in');
    expect(answers.at(-1)).toBe(waiting);
  });

  test('a success forgets them, and so does an administrator', async () => {
    await newUser('forgiven');
    const address = freshAddress();
    await fail('forgiven', address, 5);
    expect(await attempt('forgiven', password, address)).toBe('in');
    expect(await fail('forgiven', address, 6)).not.toContain(waiting);
    await keepWaiting(fixture.granary);
    expect(await attempt('forgiven', password, address)).toBe(waiting);
    await unlockUser(fixture.admin, { username: 'forgiven' });
    expect(await attempt('forgiven', password, address)).toBe('in');
  });

  test('what was typed as a name is not kept', async () => {
    await fail('hunter2 my password', freshAddress(), 1);
    const { rows } = await fixture.granary.database.pool.query('SELECT * FROM sign_in_throttle');
    expect(JSON.stringify(rows)).not.toContain('hunter2');
  });
});

/** For how much of ten sign-ins at once the event loop was blocked. */
async function blockedShare(): Promise<number> {
  const address = freshAddress();
  let longest = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  }, 1);
  const before = process.cpuUsage();
  const started = performance.now();
  const answers = await Promise.all(Array.from({ length: 10 }, () => attempt('busy', password, address)));
  const elapsed = performance.now() - started;
  clearInterval(timer);
  expect(answers).toEqual(Array(10).fill('in'));
  const cpu = process.cpuUsage(before);
  expect((cpu.user + cpu.system) / 1000).toBeGreaterThan(100);
  return longest / elapsed;
}

test('ten sign-ins that are verified at once leave the event loop free', async () => {
  await newUser('busy');
  // Hashing on the loop would block it for the whole of the work each time; the machine may do so once.
  const shares = [await blockedShare(), await blockedShare(), await blockedShare()];
  expect(Math.min(...shares)).toBeLessThan(0.5);
});
