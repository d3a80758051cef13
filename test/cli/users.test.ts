import { runProgram } from '../../src/cli/program.js';
import { isPending } from '../../src/operations/sign-in/finish-sign-in.js';
import { login } from '../../src/operations/sign-in/login.js';
import { type IdentityFixture, openIdentityFixture, origin } from '../operations/identities/identity-fixture.js';

let fixture: IdentityFixture;

beforeAll(async () => {
  fixture = await openIdentityFixture();
});
afterAll(() => fixture?.close());

/** Runs a command on the data of the fixture, beside the server that the fixture stands for. */
async function run(...args: string[]) {
  let output = '';
  let errors = '';
  let code = -1;
  const granary = await fixture.openAnother();
  const openEmpty = () => Promise.reject(new Error('not needed'));
  await runProgram(args, {
    host: { settings: granary.settings, openGranary: async () => granary, openEmpty },
    write: (text) => {
      output += text;
    },
    writeError: (text) => {
      errors += text;
    },
    exit: (exitCode) => {
      code = exitCode;
    },
  });
  return { output, errors, code };
}

async function facts(...args: string[]) {
  const { output, errors, code } = await run(...args, '--json');
  expect({ errors, code }).toEqual({ errors: '', code: 0 });
  return JSON.parse(output);
}

async function signIn(password: string): Promise<string> {
  const attempt = login(fixture.granary, { username: 'admin', password }, { ...origin, sourceIp: '192.0.2.77' });
  return attempt.then(
    (outcome) => (isPending(outcome) ? 'pending' : 'in'),
    (error) => error.reason,
  );
}

test('somebody at the server lets a locked-out administrator in again', async () => {
  const password = fixture.firstStart.password ?? '';
  for (let i = 0; i < 6; i++) {
    await signIn('wrong');
  }
  // The first wait is short; a busy machine would outlast it.
  const { pool } = fixture.granary.database;
  await pool.query(`UPDATE sign_in_throttle SET blocked_until = now() + interval '10 minutes' WHERE failures > 5`);
  expect(await signIn(password)).toBe('TooManyAttempts');
  const { users } = await facts('user', 'list', '--tenant', 'default');
  expect(users).toMatchObject([{ tenant: 'default', username: 'admin', role: 'ADMINISTRATOR', secondFactor: false }]);
  expect(users[0].lockedSeconds).toBeGreaterThan(0);
  expect((await run('user', 'list')).output).toMatch(
    /^default admin {2}ADMINISTRATOR {2}locked for \d+ s, last signed in /,
  );
  await facts('user', 'unlock', 'admin');
  expect(await signIn(password)).toBe('in');

  const made = await facts('user', 'reset-password', 'admin');
  expect(await signIn(password)).toBe('InvalidCredentials');
  expect(await signIn(made.password)).toBe('pending');
  const kept = await facts('user', 'reset-password', 'admin', '--keep');
  expect(await signIn(kept.password)).toBe('in');
  expect((await facts('user', 'disable-totp', 'admin')).outcome).toBe('The user had no second factor.');
  const refused = { code: 1, errors: 'granary: There is no such user.\n', output: '' };
  expect(await run('user', 'reset-password', 'nobody')).toEqual(refused);
  const actions = ['granary:UnlockUser', 'granary:ResetPassword', 'granary:ResetSecondFactor'];
  const events = await Promise.all(actions.map((action) => fixture.events(action)));
  expect(events.map((found) => found.length)).toEqual([1, 2, 1]);
});

test('API keys are made, listed and revoked, and the signing key is replaced', async () => {
  expect((await run('key', 'list')).output).toBe('There are no API keys.\n');
  const scopes = ['--scope', 'OBJECTS_READ', '--scope', 'IDENTITY_READ', '--expires', '2099-01-31'];
  const { keyId, secret } = await facts('key', 'create', 'admin', '--name', 'backup', ...scopes);
  expect(await fixture.granary.credentials.findApiKey(secret)).toMatchObject({ username: 'admin', apiKeyId: keyId });
  const { keys } = await facts('key', 'list');
  expect(keys).toMatchObject([{ keyId, name: 'backup', username: 'admin', scopes: ['OBJECTS_READ', 'IDENTITY_READ'] }]);
  const listed = await run('key', 'list');
  expect(listed.output).toContain('ends 2099-01-31T00:00:00.000Z, never used');
  expect(listed.output).not.toContain(secret);
  await facts('key', 'revoke', keyId);
  expect((await run('key', 'revoke', keyId)).code).toBe(1);
  expect((await run('key', 'create', 'admin', '--name', 'x', '--scope', 'NOTHING')).code).toBe(2);
  expect((await facts('key', 'rotate-signing', '--end-tokens')).keyId).toMatch(/^[\da-f-]{36}$/);
});
