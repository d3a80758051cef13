import { createLocalJWKSet, jwtVerify } from 'jose';
import { rotateDueSigningKey, rotateSigningKeys } from '../../../src/operations/sign-in/rotate-signing-keys.js';
import { startedSession } from '../../support/sign-in.js';
import { expectWithinASecond } from '../../support/within-a-second.js';
import { type IdentityFixture, openIdentityFixture, origin } from '../identities/identity-fixture.js';

let fixture: IdentityFixture;

beforeAll(async () => {
  fixture = await openIdentityFixture();
});
afterAll(() => fixture?.close());

const signIn = () =>
  startedSession(fixture.granary, { username: 'admin', password: fixture.firstStart.password ?? '' }, origin);
const keyOf = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()).kid as string;
const age = (interval: string) =>
  fixture.granary.database.pool.query(`UPDATE signing_key SET created_at = created_at - interval '${interval}'`);

test('tokens of the key before stay good after a rotation, and every process signs with the new key', async () => {
  const other = await fixture.openAnother();
  const before = await signIn();
  await other.tokens.verifyAccessToken(before.accessToken);
  const keyId = await rotateSigningKeys(fixture.admin, { old: 'end with their tokens' });
  const rotatedAt = performance.now();
  const after = await signIn();
  expect(keyOf(after.accessToken)).toBe(keyId);
  expect(keyOf(before.accessToken)).not.toBe(keyId);
  for (const { tokens } of [fixture.granary, other]) {
    await tokens.verifyAccessToken(before.accessToken);
    await tokens.verifyAccessToken(after.accessToken);
  }
  const subject = { userId: 1, tenantId: 1, sessionId: after.sessionId };
  await expectWithinASecond(
    rotatedAt,
    async () => keyOf((await other.tokens.issueAccessToken(subject)).token) === keyId,
  );
  expect((await fixture.granary.tokens.publicKeys()).keys).toHaveLength(2);
});

test('anybody can verify tokens with the published keys, which hold no private half', async () => {
  const { accessToken } = await signIn();
  const { keys } = await fixture.granary.tokens.publicKeys();
  const verified = await jwtVerify(accessToken, createLocalJWKSet({ keys: [...keys] }), { issuer: 'granary' });
  expect(verified.payload.sub).toBe('1');
  for (const key of keys) {
    expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x']);
  }
});

test('a key that may have become known ends at once, with what it signed, in every process', async () => {
  const other = await fixture.openAnother();
  const { accessToken } = await signIn();
  await other.tokens.verifyAccessToken(accessToken);
  await rotateSigningKeys(fixture.admin, { old: 'end at once' });
  const rotatedAt = performance.now();
  await expect(fixture.granary.tokens.verifyAccessToken(accessToken)).rejects.toMatchObject({ reason: 'InvalidToken' });
  const ends = () =>
    other.tokens.verifyAccessToken(accessToken).then(
      () => false,
      () => true,
    );
  await expectWithinASecond(rotatedAt, ends);
  expect((await fixture.granary.tokens.publicKeys()).keys).toHaveLength(1);
});

test('the job makes a key when the newest is old enough, and removes keys whose tokens are all over', async () => {
  await signIn();
  expect(await rotateDueSigningKey(fixture.granary)).toEqual({ made: undefined, removed: 0 });
  await age('91 days');
  const { made } = await rotateDueSigningKey(fixture.granary);
  expect(keyOf((await signIn()).accessToken)).toBe(made);
  expect(await rotateDueSigningKey(fixture.granary)).toEqual({ made: undefined, removed: 0 });
  await age('26 hours');
  expect(await rotateDueSigningKey(fixture.granary)).toEqual({ made: undefined, removed: 1 });
  expect((await fixture.granary.tokens.publicKeys()).keys.map(({ kid }) => kid)).toEqual([made]);
});

test('only global administrators rotate', async () => {
  const { caller } = fixture.admin;
  const member = { ...fixture.admin, caller: { ...caller, role: 'MEMBER', policies: [] } as typeof caller };
  await expect(rotateSigningKeys(member, { old: 'end at once' })).rejects.toMatchObject({ kind: 'Denied' });
});
