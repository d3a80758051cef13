import { createHmac, generateKeyPairSync, randomUUID } from 'node:crypto';
import { decodeProtectedHeader, exportJWK, importJWK, SignJWT, UnsecuredJWT } from 'jose';
import { createUser } from '../../../src/operations/identities/create-user.js';
import { refreshSession } from '../../../src/operations/sign-in/refresh-session.js';
import { startedSession } from '../../support/sign-in.js';
import { type IdentityFixture, openIdentityFixture, origin, userOf } from '../identities/identity-fixture.js';

let fixture: IdentityFixture;
const password = 'correct horse battery';

beforeAll(async () => {
  fixture = await openIdentityFixture();
  await createUser(fixture.admin, { username: 'ann', password });
  await createUser(fixture.admin, { username: 'keyless' });
});

afterAll(() => fixture?.close());

const signIn = (username: string, given: string, tenant?: string) =>
  startedSession(fixture.granary, { username, password: given, tenant }, origin);

describe('signing in', () => {
  test('gives a session whose access token names the user', async () => {
    const session = await signIn('ann', password);
    expect(session.user).toMatchObject({ kind: 'user', username: 'ann', role: 'MEMBER', tenantName: 'default' });
    const { sessionId, user } = session;
    const claims = { userId: user.userId, sessionId };
    expect(await fixture.granary.tokens.verifyAccessToken(session.accessToken)).toEqual(claims);
    expect(session.refreshToken).toMatch(/^[A-Za-z0-9_-]{43}$/);
    const lifetime = session.expiresAt.getTime() - Date.now();
    expect(lifetime).toBeGreaterThan(890_000);
    expect(lifetime).toBeLessThanOrEqual(900_000);
  });

  test.each([
    ['ann', 'wrong', undefined],
    ['ann', '', undefined],
    ['nobody', password, undefined],
    ['keyless', password, undefined],
    ['ann', password, 'other-tenant'],
    ["ann' OR 1=1 --", password, undefined],
    ['ann\u0000', password, 'default\u0000'],
  ])('as %j with %j in %j gets the same answer as every failure', async (username, given, tenant) => {
    await expect(signIn(username, given, tenant)).rejects.toMatchObject({
      kind: 'Unauthenticated',
      reason: 'InvalidCredentials',
      message: 'The tenant, username or password is wrong.',
      field: undefined,
      data: {},
    });
  });

  test('is refused to disabled users with the same answer, and their tokens stand for nobody', async () => {
    const user = await createUser(fixture.admin, { username: 'gone', password });
    const session = await signIn('gone', password);
    await fixture.granary.database.pool.query('UPDATE user_account SET disabled = true WHERE id = $1', [user.id]);
    await expect(signIn('gone', password)).rejects.toMatchObject({ reason: 'InvalidCredentials' });
    expect(await fixture.granary.credentials.findUser(user.id)).toBeUndefined();
    await expect(refreshSession(fixture.granary, session, origin)).rejects.toMatchObject({ kind: 'Unauthenticated' });
  });

  test('is recorded, failures too, without what was typed as the password', async () => {
    await expect(signIn('ann', 'a secret typo')).rejects.toThrow();
    await expect(signIn('my secret as a name', 'x')).rejects.toThrow();
    const events = await fixture.events('granary:Login');
    expect(events.slice(-2).map(({ details }) => details)).toEqual([
      { username: 'ann', reason: 'credentials' },
      { reason: 'credentials' },
    ]);
    expect(JSON.stringify(events)).not.toContain('secret');
  });
});

describe('access tokens', () => {
  const refused = { kind: 'Unauthenticated', reason: 'InvalidToken' };
  const verify = (token: string) => fixture.granary.tokens.verifyAccessToken(token);

  test('of another process on the same data are good: there is one key pair', async () => {
    const other = await fixture.openAnother();
    const { token } = await other.tokens.issueAccessToken({ ...userOf(fixture.admin), sessionId: randomUUID() });
    expect(await verify(token)).toMatchObject({ userId: userOf(fixture.admin).userId });
    const { rows } = await fixture.granary.database.pool.query('SELECT count(*)::int AS keys FROM signing_key');
    expect(rows).toEqual([{ keys: 1 }]);
  });

  test('that were forged are refused: no algorithm, a keyed hash with the public key, a key of their own', async () => {
    const { accessToken } = await signIn('ann', password);
    const { kid } = decodeProtectedHeader(accessToken);
    const { rows } = await fixture.granary.database.pool.query('SELECT public_jwk FROM signing_key');
    const own = generateKeyPairSync('ed25519');
    const claims = () =>
      new SignJWT({})
        .setSubject('1')
        .setIssuer('granary')
        .setAudience('granary')
        .setJti('x')
        .setIssuedAt()
        .setExpirationTime('1h');
    const jwk = await exportJWK(own.publicKey);
    const publicBytes = Buffer.from(rows[0].public_jwk.x, 'base64url');
    const forged = [
      new UnsecuredJWT({})
        .setSubject('1')
        .setIssuer('granary')
        .setAudience('granary')
        .setJti('x')
        .setIssuedAt()
        .setExpirationTime('1h')
        .encode(),
      await claims().setProtectedHeader({ alg: 'HS256', kid }).sign(publicBytes),
      await claims().setProtectedHeader({ alg: 'EdDSA', kid }).sign(own.privateKey),
      await claims().setProtectedHeader({ alg: 'EdDSA', jwk }).sign(own.privateKey),
      await claims().setProtectedHeader({ alg: 'EdDSA', kid: 'unknown' }).sign(own.privateKey),
      `${accessToken.slice(0, -4)}AAAA`,
      createHmac('sha256', publicBytes).update(accessToken).digest('hex'),
      '',
      'a.b.c',
    ];
    for (const token of forged) {
      await expect(verify(token)).rejects.toMatchObject(refused);
    }
  });

  test('that the right key signed are refused when they have ended, or are meant for something else', async () => {
    const { rows } = await fixture.granary.database.pool.query('SELECT id, private_sealed FROM signing_key');
    const jwk = JSON.parse(fixture.granary.secretBox.open(rows[0].private_sealed, `signing_key:${rows[0].id}`));
    const key = await importJWK(jwk, 'EdDSA');
    const now = Math.floor(Date.now() / 1000);
    const sid = randomUUID();
    const good = { sub: '1', sid, iss: 'granary', aud: 'granary', jti: 'x', iat: now, exp: now + 60 };
    const sign = (claims: object) =>
      new SignJWT({ ...claims }).setProtectedHeader({ alg: 'EdDSA', kid: rows[0].id }).sign(key);
    expect(await verify(await sign(good))).toEqual({ userId: 1, sessionId: sid });
    for (const change of [
      { exp: now - 1 },
      { aud: 'other' },
      { iss: 'other' },
      { sub: 'x' },
      { sub: undefined },
      { exp: undefined },
      { jti: undefined },
      { sid: undefined },
      { sid: 'x' },
    ]) {
      await expect(verify(await sign({ ...good, ...change }))).rejects.toMatchObject(refused);
    }
  });
});

describe('refresh tokens', () => {
  test('are good once, for a new session of the same user', async () => {
    const first = await signIn('ann', password);
    const second = await refreshSession(fixture.granary, first, origin);
    expect(second.user).toEqual(first.user);
    expect(second.refreshToken).not.toBe(first.refreshToken);
    const third = await refreshSession(fixture.granary, second, origin);
    const { userId } = first.user;
    const claims = { userId, sessionId: first.sessionId };
    expect(await fixture.granary.tokens.verifyAccessToken(third.accessToken)).toEqual(claims);
  });

  test('that come twice end every token of that sign-in, and of no other', async () => {
    const other = await signIn('ann', password);
    const first = await signIn('ann', password);
    const second = await refreshSession(fixture.granary, first, origin);
    const refused = { kind: 'Unauthenticated', reason: 'InvalidRefreshToken' };
    await expect(refreshSession(fixture.granary, first, origin)).rejects.toMatchObject(refused);
    await expect(refreshSession(fixture.granary, second, origin)).rejects.toMatchObject(refused);
    await refreshSession(fixture.granary, other, origin);
  });

  test('used by several at once give one session at most', async () => {
    const session = await signIn('ann', password);
    const attempts = Array.from({ length: 6 }, () => refreshSession(fixture.granary, session, origin));
    const results = await Promise.allSettled(attempts);
    expect(results.filter(({ status }) => status === 'fulfilled').length).toBe(1);
  });

  describe('that are traded repeatably', () => {
    const renew = ({ refreshToken }: { refreshToken: string }, repeatable = true) =>
      refreshSession(fixture.granary, { refreshToken, repeatable }, origin);
    const refused = { kind: 'Unauthenticated', reason: 'InvalidRefreshToken' };
    const later = () =>
      fixture.granary.database.pool.query(`UPDATE refresh_token SET used_at = used_at - interval '31 seconds'`);

    test('give the same next one to all who ask at once, and the session goes on', async () => {
      const first = await signIn('ann', password);
      const renewed = await Promise.all(Array.from({ length: 6 }, () => renew(first)));
      expect(new Set(renewed.map(({ refreshToken }) => refreshToken)).size).toBe(1);
      const [next] = renewed as [(typeof renewed)[number]];
      expect(next.refreshToken).toMatch(/^[A-Za-z0-9_-]{43}$/);
      expect(next.refreshToken).not.toBe(first.refreshToken);
      const third = await renew(next);
      expect(third.sessionId).toBe(first.sessionId);
      const events = await fixture.events('granary:RefreshSession');
      expect(events.filter(({ details }) => JSON.stringify(details) === '{"repeated":true}')).toHaveLength(5);
    });

    test('end the session when they come later', async () => {
      const first = await signIn('ann', password);
      const next = await renew(first);
      await later();
      await expect(renew(first)).rejects.toMatchObject(refused);
      await expect(renew(next)).rejects.toMatchObject(refused);
    });

    test('end the session when the next one has been used', async () => {
      const first = await signIn('ann', password);
      const next = await renew(first);
      const third = await renew(next);
      await expect(renew(first)).rejects.toMatchObject(refused);
      await expect(renew(third)).rejects.toMatchObject(refused);
    });

    test('end the session when either of the two trades was not to be repeatable', async () => {
      for (const [one, other] of [
        [true, false],
        [false, true],
      ]) {
        const first = await signIn('ann', password);
        const next = await renew(first, one);
        await expect(renew(first, other)).rejects.toMatchObject(refused);
        await expect(renew(next)).rejects.toMatchObject(refused);
      }
    });

    test('show a thief who was faster to the owner, and the owner to the thief', async () => {
      const stolen = await signIn('ann', password);
      const [thief, owner] = [await renew(stolen), await renew(stolen)];
      expect(thief.refreshToken).toBe(owner.refreshToken);
      const ahead = await renew(thief);
      await later();
      await expect(renew(owner)).rejects.toMatchObject(refused);
      await expect(renew(ahead)).rejects.toMatchObject(refused);
    });
  });

  test('end, and are not kept readable', async () => {
    const session = await signIn('ann', password);
    const { pool } = fixture.granary.database;
    const { rows } = await pool.query(`SELECT encode(digest, 'escape') AS digest FROM refresh_token`);
    expect(JSON.stringify(rows)).not.toContain(session.refreshToken);
    await pool.query(`UPDATE refresh_token SET expires_at = now() - interval '1 second'`);
    await expect(refreshSession(fixture.granary, session, origin)).rejects.toMatchObject({ kind: 'Unauthenticated' });
    await expect(refreshSession(fixture.granary, { refreshToken: '\u0000' }, origin)).rejects.toMatchObject({
      kind: 'Unauthenticated',
    });
  });
});
