import { GranaryError } from '../../src/errors.js';
import { createUser } from '../../src/operations/identities/create-user.js';
import { type IdentityFixture, openIdentityFixture } from '../operations/identities/identity-fixture.js';
import { keepWaiting, startedSession } from '../support/sign-in.js';

let fixture: IdentityFixture;
const password = 'correct horse battery';

beforeAll(async () => {
  fixture = await openIdentityFixture();
  await createUser(fixture.admin, { username: 'there', password });
  await createUser(fixture.admin, { username: 'disabled', password });
  await createUser(fixture.admin, { username: 'keys-only' });
  await fixture.granary.database.pool.query(`UPDATE user_account SET disabled = true WHERE username = 'disabled'`);
});
afterAll(() => fixture?.close());

let address = 0;

/** Each from an address of its own, so that only the name has to wait. */
async function attempt(username: string, given: string, tenant?: string) {
  address += 1;
  const sourceIp = `10.${address >> 16}.${(address >> 8) & 255}.${address & 255}`;
  const started = performance.now();
  const error = await startedSession(
    fixture.granary,
    { username, password: given, tenant },
    { requestId: 'hostile', sourceIp },
  ).catch((reason) => reason);
  const { kind, reason, message, field, data } = error;
  return { answer: { kind, reason, message, field, data }, ms: performance.now() - started };
}

const cases: [username: string, password: string, tenant?: string][] = [
  ['there', 'wrong'],
  ['nobody', 'wrong'],
  ['disabled', password],
  ['keys-only', 'wrong'],
  ['there', password, 'no-such-tenant'],
];

/** All cases once, from the beginning: what each is answered, and how long it took. */
async function attemptAll() {
  await fixture.granary.database.pool.query('DELETE FROM sign_in_throttle');
  const outcomes: Awaited<ReturnType<typeof attempt>>[] = [];
  for (const [username, given, tenant] of cases) {
    outcomes.push(await attempt(username, given, tenant));
  }
  return outcomes;
}

test('71: an unknown user and a wrong password get the same answer, after the same time', async () => {
  const soonest = cases.map(() => Number.POSITIVE_INFINITY);
  // The hashing takes tens of milliseconds: without it an answer would come in a tenth of the time.
  const isEven = () => Math.max(...soonest) < 3 * Math.min(...soonest);
  // What else the machine does makes an answer later, never sooner: the more rounds, the less of it is left.
  for (let round = 0; round < 5 || (round < 25 && !isEven()); round++) {
    const outcomes = await attemptAll();
    expect(new Set(outcomes.map(({ answer }) => JSON.stringify(answer))).size).toBe(1);
    for (const [index, { ms }] of outcomes.entries()) {
      soonest[index] = Math.min(soonest[index] ?? ms, ms);
    }
  }
  expect(Math.max(...soonest)).toBeLessThan(3 * Math.min(...soonest));
});

test('71: and the same limits', async () => {
  const outcomes: string[][] = [];
  for (const username of ['limit-unknown', 'limit-known']) {
    if (username === 'limit-known') {
      await createUser(fixture.admin, { username, password });
    }
    const reasons: string[] = [];
    for (let i = 0; i < 8; i++) {
      reasons.push((await attempt(username, 'wrong')).answer.reason);
      await keepWaiting(fixture.granary);
    }
    outcomes.push(reasons);
  }
  expect(outcomes[0]).toEqual(outcomes[1]);
  expect(outcomes[0]?.slice(5)).toContain('TooManyAttempts');
});

test('58: an empty password is refused, and no directory is asked for it', async () => {
  let asked = 0;
  const directories = {
    ...fixture.granary.directories,
    signIn: async () => {
      asked += 1;
      return { userId: 1 };
    },
  };
  const granary = { ...fixture.granary, directories };
  const origin = { requestId: 'hostile', sourceIp: '192.0.2.9' };
  for (const username of ['of-directory', 'keys-only', 'there']) {
    const signIn = startedSession(granary, { username, password: '' }, origin);
    await expect(signIn).rejects.toMatchObject({ reason: 'InvalidCredentials' });
  }
  expect(asked).toBe(0);
  await startedSession(granary, { username: 'of-directory', password: 'x' }, origin);
  expect(asked).toBe(1);
});

test('71: where there is a directory it is asked for everybody, so that the time does not tell who is kept here', async () => {
  const asked: { username: string; password: string }[] = [];
  const signIn = async ({ username, password: given }: { username: string; password: string }) => {
    asked.push({ username, password: given });
    return undefined;
  };
  const granary = { ...fixture.granary, directories: { ...fixture.granary.directories, signIn } };
  const origin = { requestId: 'hostile', sourceIp: '192.0.2.11' };
  await fixture.granary.database.pool.query('DELETE FROM sign_in_throttle');
  for (const [username, given] of cases.slice(0, 4)) {
    const signingIn = startedSession(granary, { username, password: given }, origin);
    await expect(signingIn).rejects.toMatchObject({ reason: 'InvalidCredentials' });
  }
  // Of those who are kept here it learns neither the names nor the passwords.
  expect(asked).toHaveLength(4);
  expect(asked.filter(({ username }) => ['there', 'disabled', 'keys-only'].includes(username))).toEqual([]);
  expect(asked.filter((each) => each.username !== 'nobody' && [password, 'wrong'].includes(each.password))).toEqual([]);
});

test('71: a directory that is away does not keep it from saying that the password is wrong', async () => {
  const signIn = () => Promise.reject(new GranaryError('Unavailable', 'It is away.'));
  const granary = { ...fixture.granary, directories: { ...fixture.granary.directories, signIn } };
  const origin = { requestId: 'hostile', sourceIp: '192.0.2.10' };
  await expect(startedSession(granary, { username: 'admin', password: 'wrong' }, origin)).rejects.toMatchObject({
    reason: 'InvalidCredentials',
  });
});
