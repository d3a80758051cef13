import { TOTP, URI } from 'otpauth';
import { createBucket } from '../../../src/operations/buckets/create-bucket.js';
import type { RequestContext } from '../../../src/operations/context.js';
import { createUser } from '../../../src/operations/identities/create-user.js';
import { deleteUser } from '../../../src/operations/identities/delete-user.js';
import { disableUser, enableUser } from '../../../src/operations/identities/set-user-state.js';
import { updateUser } from '../../../src/operations/identities/update-user.js';
import { changePassword } from '../../../src/operations/sign-in/change-password.js';
import { completeLogin } from '../../../src/operations/sign-in/complete-login.js';
import { confirmSecondFactor, renewRecoveryCodes } from '../../../src/operations/sign-in/confirm-second-factor.js';
import { disableSecondFactor } from '../../../src/operations/sign-in/disable-second-factor.js';
import { enrollSecondFactor } from '../../../src/operations/sign-in/enroll-second-factor.js';
import { isPending, type PendingSignIn } from '../../../src/operations/sign-in/finish-sign-in.js';
import { login } from '../../../src/operations/sign-in/login.js';
import { refreshSession } from '../../../src/operations/sign-in/refresh-session.js';
import { resetPassword } from '../../../src/operations/sign-in/reset-password.js';
import { resetSecondFactor } from '../../../src/operations/sign-in/reset-second-factor.js';
import { createTenant } from '../../../src/operations/tenants/create-tenant.js';
import { keepWaiting, startedSession } from '../../support/sign-in.js';
import { expectWithinASecond } from '../../support/within-a-second.js';
import { as, type IdentityFixture, openIdentityFixture, origin, userOf } from './identity-fixture.js';

let fixture: IdentityFixture;
const password = 'correct horse battery';
const second = 'staple of another kind';

beforeAll(async () => {
  fixture = await openIdentityFixture();
});
afterAll(() => fixture?.close());

const signIn = (username: string, given = password, tenant?: string) =>
  startedSession(fixture.granary, { username, password: given, tenant }, origin);
const claimsOf = (token: string) => fixture.granary.tokens.verifyAccessToken(token);
const callerOf = async (token: string, granary = fixture.granary) =>
  granary.credentials.findClaimed(await claimsOf(token));

async function newUser(username: string, more: object = {}): Promise<RequestContext> {
  await createUser(fixture.admin, { username, password, ...more });
  return as(fixture.granary, (await signIn(username)).user);
}

async function pending(username: string, given = password): Promise<PendingSignIn> {
  const outcome = await login(fixture.granary, { username, password: given }, origin);
  if (!isPending(outcome)) {
    throw new Error('There is a session already.');
  }
  return outcome;
}

const complete = (input: { challenge: string; code?: string; newPassword?: string }) =>
  completeLogin(fixture.granary, input, origin);

describe('a password', () => {
  test('is changed by its user, who shows the old one; other sessions end at once, this one goes on', async () => {
    const ann = await newUser('ann');
    const other = await signIn('ann');
    const elsewhere = await fixture.openAnother();
    expect(await callerOf(other.accessToken, elsewhere)).toMatchObject({ username: 'ann' });
    await expect(changePassword(ann, { oldPassword: 'wrong', newPassword: second })).rejects.toMatchObject({
      kind: 'InvalidInput',
      field: ['input', 'oldPassword'],
    });
    for (const weak of ['short', 'annann-annann', 'Password1!', password]) {
      await expect(changePassword(ann, { oldPassword: password, newPassword: weak })).rejects.toMatchObject({
        reason: 'WeakPassword',
        field: ['input', 'newPassword'],
      });
    }
    await changePassword(ann, { oldPassword: password, newPassword: second });
    const changedAt = performance.now();
    expect(await callerOf(other.accessToken)).toBeUndefined();
    await expectWithinASecond(changedAt, async () => (await callerOf(other.accessToken, elsewhere)) === undefined);
    await expect(refreshSession(fixture.granary, other, origin)).rejects.toMatchObject({ kind: 'Unauthenticated' });
    const { userId, sessionId = '' } = userOf(ann);
    expect(await fixture.granary.credentials.findClaimed({ userId, sessionId })).toMatchObject({ username: 'ann' });
    await signIn('ann', second);
  });

  test('is not changed by keys, nor for users of directories', async () => {
    const key = await newUser('key-holder');
    const { sessionId: _, ...caller } = userOf(key);
    const change = { oldPassword: password, newPassword: second };
    await expect(changePassword(as(fixture.granary, caller), change)).rejects.toMatchObject({ kind: 'Denied' });
    await fixture.granary.database.pool.query(
      `UPDATE user_account SET source = 'LDAP', provider_id = 'x', external_id = 'x' WHERE id = $1`,
      [caller.userId],
    );
    await expect(changePassword(key, change)).rejects.toMatchObject({ kind: 'NotSupported' });
    await expect(signIn('key-holder')).rejects.toMatchObject({ reason: 'InvalidCredentials' });
  });

  test('that an administrator gives has to be changed before there is a session', async () => {
    const bob = await newUser('bob');
    const given = await resetPassword(fixture.admin, { username: 'bob' });
    expect(given).toMatch(/^[\w-]{20}$/);
    const { userId, sessionId = '' } = userOf(bob);
    expect(await fixture.granary.credentials.findClaimed({ userId, sessionId })).toBeUndefined();
    const waiting = await pending('bob', given);
    expect(waiting).toMatchObject({ secondFactorRequired: false, passwordChangeRequired: true });
    expect(await complete(waiting)).toMatchObject({ passwordChangeRequired: true });
    await expect(complete({ ...waiting, newPassword: 'password1' })).rejects.toMatchObject({ reason: 'WeakPassword' });
    await expect(complete({ ...waiting, newPassword: given ?? '' })).rejects.toMatchObject({ reason: 'WeakPassword' });
    expect(await complete({ ...waiting, newPassword: second })).toMatchObject({ user: { username: 'bob' } });
    await expect(complete({ ...waiting, newPassword: 'yet another one' })).rejects.toMatchObject({
      reason: 'InvalidChallenge',
    });
    await signIn('bob', second);
  });
});

describe('a second factor', () => {
  async function enroll(context: RequestContext): Promise<{ totp: TOTP; used: string; recoveryCodes: string[] }> {
    const uri = await enrollSecondFactor(context);
    expect(uri).toMatch(/^otpauth:\/\/totp\/Granary:/);
    const totp = URI.parse(uri);
    if (!(totp instanceof TOTP)) {
      throw new Error('No TOTP');
    }
    await expect(confirmSecondFactor(context, { code: '000000' })).rejects.toMatchObject({ reason: 'InvalidCode' });
    const used = totp.generate();
    return { totp, used, recoveryCodes: await confirmSecondFactor(context, { code: used }) };
  }

  /** The next code that was not taken yet, within what clocks may differ. */
  const nextCode = (totp: TOTP) => totp.generate({ timestamp: Date.now() + 30_000 });

  test('is wanted once a code was shown, and no code is taken twice', async () => {
    const eve = await newUser('eve');
    const { totp, used, recoveryCodes } = await enroll(eve);
    expect(new Set(recoveryCodes).size).toBe(10);
    const waiting = await pending('eve');
    expect(waiting).toMatchObject({ secondFactorRequired: true, passwordChangeRequired: false });
    await expect(complete(waiting)).rejects.toMatchObject({ kind: 'InvalidInput' });
    await expect(complete({ ...waiting, code: used })).rejects.toMatchObject({ reason: 'InvalidCode' });
    const code = nextCode(totp);
    expect(await complete({ ...waiting, code })).toMatchObject({ user: { username: 'eve' } });
    await expect(complete({ ...(await pending('eve')), code })).rejects.toMatchObject({ reason: 'InvalidCode' });
    await expect(complete({ ...waiting, code })).rejects.toMatchObject({ reason: 'InvalidChallenge' });
  });

  test('of two who send one code at once lets one in', async () => {
    const context = await newUser('twice');
    const { totp } = await enroll(context);
    const challenges = await Promise.all([pending('twice'), pending('twice'), pending('twice')]);
    const code = nextCode(totp);
    const results = await Promise.allSettled(challenges.map((waiting) => complete({ ...waiting, code })));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  test('is stood in for by each recovery code once, however it is typed', async () => {
    const context = await newUser('fay');
    const { totp, recoveryCodes } = await enroll(context);
    const [first = '', other = ''] = recoveryCodes;
    await complete({ ...(await pending('fay')), code: ` ${first.toUpperCase().replaceAll('-', ' ')} ` });
    await expect(complete({ ...(await pending('fay')), code: first })).rejects.toMatchObject({ reason: 'InvalidCode' });
    const renewed = await renewRecoveryCodes(context, { code: nextCode(totp) });
    await expect(complete({ ...(await pending('fay')), code: other })).rejects.toMatchObject({ reason: 'InvalidCode' });
    await complete({ ...(await pending('fay')), code: renewed[0] ?? '' });
  });

  test('slows guesses as passwords do, also when each guess begins a sign-in anew', async () => {
    const context = await newUser('guessed');
    await enroll(context);
    const reasons: string[] = [];
    for (let i = 0; i < 8; i++) {
      const reason = await pending('guessed')
        .then((waiting) => complete({ ...waiting, code: `00000${i}` }))
        .then(
          () => 'in',
          (error) => error.reason as string,
        );
      reasons.push(reason);
      await keepWaiting(fixture.granary);
    }
    expect(reasons).toContain('TooManyAttempts');
    expect(reasons.at(-1)).toBe('TooManyAttempts');
  });

  test('is not for users of an OpenID provider, which asks for its own', async () => {
    const olga = await newUser('olga');
    const asOlga = `SET source = 'OIDC', provider_id = gen_random_uuid(), external_id = 'olga', password_hash = NULL`;
    await fixture.granary.database.pool.query(`UPDATE user_account ${asOlga} WHERE username = 'olga'`);
    await expect(enrollSecondFactor(olga)).rejects.toMatchObject({ kind: 'NotSupported' });
  });

  test('goes with password and code together, or by an administrator; nobody replaces it before', async () => {
    const gus = await newUser('gus');
    const { totp, recoveryCodes } = await enroll(gus);
    await expect(enrollSecondFactor(gus)).rejects.toMatchObject({ kind: 'Conflict' });
    const [first = '', other = ''] = recoveryCodes;
    await expect(disableSecondFactor(gus, { password: 'wrong', code: first })).rejects.toMatchObject({
      field: ['input', 'password'],
    });
    await expect(disableSecondFactor(gus, { password, code: '123' })).rejects.toMatchObject({
      field: ['input', 'code'],
    });
    await disableSecondFactor(gus, { password, code: nextCode(totp) });
    await signIn('gus');
    await enroll(gus);
    await resetSecondFactor(fixture.admin, { username: 'gus' });
    await signIn('gus');
    await expect(complete({ challenge: 'x', code: other })).rejects.toMatchObject({ reason: 'InvalidChallenge' });
  });

  test('keeps neither its secret nor the recovery codes nor challenges in the clear', async () => {
    const context = await newUser('hal');
    const { totp, recoveryCodes } = await enroll(context);
    const waiting = await pending('hal');
    const { pool } = fixture.granary.database;
    const rows = await Promise.all(
      ['second_factor', 'recovery_code', 'sign_in_challenge', 'event'].map((table) =>
        pool.query(`SELECT t::text FROM ${table} t`),
      ),
    );
    const text = JSON.stringify(rows.map((result) => result.rows)).toLowerCase();
    for (const secret of [totp.secret.base32, totp.secret.hex, ...recoveryCodes, waiting.challenge]) {
      expect(text).not.toContain(secret.toLowerCase());
    }
  });
});

describe('an administrator', () => {
  test('changes names, address and role of users, but no more than its own role allows', async () => {
    await createTenant(fixture.admin, { name: 'acme' });
    await createUser(fixture.admin, { tenant: 'acme', username: 'boss', password, role: 'TENANT_ADMINISTRATOR' });
    const boss = as(fixture.granary, (await signIn('boss', password, 'acme')).user);
    await createUser(boss, { username: 'worker', password, email: 'a@example.com' });
    await updateUser(boss, { username: 'worker', displayName: 'Worker', email: null, role: 'READ_ONLY' });
    const worker = await signIn('worker', password, 'acme');
    expect(worker.user).toMatchObject({ displayName: 'Worker', role: 'READ_ONLY' });
    const denied = { kind: 'Denied' };
    await expect(updateUser(boss, { username: 'worker', role: 'ADMINISTRATOR' })).rejects.toMatchObject(denied);
    await expect(updateUser(boss, { username: 'boss', role: 'MEMBER' })).rejects.toMatchObject(denied);
    await expect(updateUser(boss, { tenant: 'default', username: 'admin' })).rejects.toMatchObject({
      kind: 'NotFound',
    });
    const asWorker = as(fixture.granary, worker.user);
    await expect(updateUser(asWorker, { username: 'boss', role: 'MEMBER' })).rejects.toMatchObject(denied);
    await expect(resetPassword(asWorker, { username: 'boss' })).rejects.toMatchObject(denied);
  });

  test('disables a user at once everywhere, and lets it in again', async () => {
    await newUser('ivy');
    const session = await signIn('ivy');
    const elsewhere = await fixture.openAnother();
    expect(await callerOf(session.accessToken, elsewhere)).toMatchObject({ username: 'ivy' });
    await disableUser(fixture.admin, { username: 'ivy' });
    const disabledAt = performance.now();
    await expectWithinASecond(disabledAt, async () => (await callerOf(session.accessToken, elsewhere)) === undefined);
    await expect(signIn('ivy')).rejects.toMatchObject({ reason: 'InvalidCredentials' });
    await enableUser(fixture.admin, { username: 'ivy' });
    expect(await callerOf(session.accessToken)).toBeUndefined();
    await signIn('ivy');
    await expect(disableUser(fixture.admin, { username: 'admin' })).rejects.toMatchObject({ kind: 'Denied' });
  });

  test('deletes a user only when its buckets go to somebody', async () => {
    const jim = await newUser('jim');
    await newUser('kim');
    await createBucket(jim, { bucket: 'jims-bucket' });
    await expect(deleteUser(fixture.admin, { username: 'jim' })).rejects.toMatchObject({ reason: 'UserOwnsBuckets' });
    await expect(deleteUser(fixture.admin, { username: 'jim', transferTo: 'jim' })).rejects.toMatchObject({
      kind: 'InvalidInput',
    });
    await deleteUser(fixture.admin, { username: 'jim', transferTo: 'kim' });
    await expect(signIn('jim')).rejects.toMatchObject({ reason: 'InvalidCredentials' });
    const { rows } = await fixture.granary.database.pool.query(
      `SELECT u.username FROM bucket b JOIN user_account u ON u.id = b.owner_id WHERE b.name = 'jims-bucket'`,
    );
    expect(rows).toEqual([{ username: 'kim' }]);
    const { userId, sessionId = '' } = userOf(jim);
    expect(await fixture.granary.credentials.findClaimed({ userId, sessionId })).toBeUndefined();
  });
});
