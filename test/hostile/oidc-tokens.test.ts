import { createHmac, type webcrypto } from 'node:crypto';
import { exportSPKI, importJWK, type JWK, SignJWT } from 'jose';
import { createProvider, whoIs } from '../operations/oidc/oidc-fixture.js';
import { newSigningKey, type OidcTestProvider, resource, startOidcProvider } from '../support/oidc-provider.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let provider: OidcTestProvider;
let own: JWK;
let strange: JWK;
let curve: JWK;

const accounts = { ann: { preferred_username: 'ann' } };

beforeAll(async () => {
  [own, strange, curve] = await Promise.all([
    newSigningKey('own'),
    newSigningKey('strange'),
    newSigningKey('curve', 'ES256'),
  ]);
  [server, provider] = await Promise.all([
    startTestServer({ oidcAllowPrivate: 'on' }),
    startOidcProvider({ accounts, keys: [own, curve] }),
  ]);
  await createProvider(server, {
    name: 'corp',
    issuer: provider.issuer,
    clientId: 'granary',
    audiences: [resource],
    algorithms: ['RS256'],
    acceptBearer: true,
    defaultRole: 'MEMBER',
  });
}, 60_000);

afterAll(async () => {
  const problems = [...(server?.problems ?? [])];
  await provider?.stop();
  await server?.stop();
  expect(problems).toEqual([]);
});

const now = () => Math.floor(Date.now() / 1000);

/** The claims of a good token, with changes. */
function claims(change: Record<string, unknown> = {}): Record<string, unknown> {
  const good = { iss: provider.issuer, aud: resource, sub: 'ann', preferred_username: 'ann' };
  return { ...good, iat: now(), exp: now() + 600, ...change };
}

async function sign(change: Record<string, unknown> = {}, header: Record<string, unknown> = {}, key = own) {
  const alg = key.alg ?? '';
  return new SignJWT(claims(change))
    .setProtectedHeader({ alg, kid: key.kid ?? '', ...header })
    .sign(await importJWK(key, alg));
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function signWithSecret(secret: string | Buffer, alg = 'HS256'): string {
  const text = `${encode({ alg, kid: 'own', typ: 'JWT' })}.${encode(claims())}`;
  return `${text}.${createHmac(`sha${alg.slice(2)}`, secret)
    .update(text)
    .digest('base64url')}`;
}

async function expectRefused(token: string): Promise<void> {
  const response = await fetch(`${server.httpUrl}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: '{ viewer { user { username } } }' }),
  });
  expect(response.status).toBe(401);
  const { errors, data } = (await response.json()) as { errors: object[]; data?: object };
  expect(data).toBeUndefined();
  expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
}

async function publicPem(): Promise<string> {
  const { kty, n, e } = own;
  const key = await importJWK({ kty: kty ?? '', n: n ?? '', e: e ?? '', alg: 'RS256', ext: true } as JWK, 'RS256');
  return exportSPKI(key as webcrypto.CryptoKey);
}

test('a token as the provider signs it is good, so that the refusals below are of what they say', async () => {
  expect(await whoIs(server, await sign())).toMatchObject({ username: 'ann' });
  expect(await whoIs(server, await sign({ exp: now() - 10 }))).toMatchObject({ username: 'ann' });
  expect(await whoIs(server, await sign({ nbf: now() + 10, iat: now() + 10 }))).toMatchObject({ username: 'ann' });
  expect(await whoIs(server, await sign({ aud: ['another', resource] }))).toMatchObject({ username: 'ann' });
});

test.each(['none', 'None', 'NONE', 'nOnE'])('19: "alg": "%s" is refused, with and without a signature', async (alg) => {
  const text = `${encode({ alg, typ: 'JWT' })}.${encode(claims())}`;
  const [, , signature] = (await sign()).split('.');
  await expectRefused(`${text}.`);
  await expectRefused(`${text}.${signature}`);
});

test.each(['HS256', 'HS384', 'HS512'])('19: %s with the public key as its secret is refused', async (alg) => {
  const pem = await publicPem();
  for (const secret of [pem, pem.trimEnd(), pem.replaceAll('\n', '\r\n'), JSON.stringify(own.n), String(own.n)]) {
    await expectRefused(signWithSecret(secret, alg));
  }
  await expectRefused(signWithSecret(Buffer.from(own.n ?? '', 'base64url'), alg));
});

test('20: the public key with blanks before it is no secret either', async () => {
  const pem = await publicPem();
  for (const blanks of [' ', '\n', '\t', '\r\n', '\ufeff', '   \n']) {
    await expectRefused(signWithSecret(blanks + pem));
    await expectRefused(signWithSecret(blanks + pem.trim()));
  }
});

test('21: a key in the token, or the address of one, is not looked at', async () => {
  const { d: _d, p: _p, q: _q, dp: _dp, dq: _dq, qi: _qi, ...jwk } = strange;
  const jku = `${server.httpUrl}/jwks`;
  const [asked, begun] = [await provider.requests('/jwks'), Date.now()];
  for (const header of [
    { jwk },
    { jwk, kid: undefined },
    { jku },
    { jku: `${provider.issuer}/jwks`, jwk },
    { x5u: `${provider.issuer}/certificate` },
    { x5c: [Buffer.from('no certificate').toString('base64')] },
    { jwk: { ...jwk, kid: 'own' }, kid: 'own' },
  ]) {
    await expectRefused(await sign({}, header, strange));
  }
  expect((await provider.requests('/jwks')) - asked).toBeLessThanOrEqual(1 + Math.floor((Date.now() - begun) / 10_000));
  // With the right key they do no harm.
  expect(await whoIs(server, await sign({}, { jwk, jku }))).toMatchObject({ username: 'ann' });
});

test.each([
  ['for another audience', { aud: 'https://other.test/api' }],
  ['for part of the audience', { aud: resource.slice(0, -1) }],
  ['for no audience', { aud: undefined }],
  ['of another issuer', { iss: 'https://issuer.test' }],
  ['of an issuer with a slash more', { iss: 'SLASH' }],
  ['that is over', { exp: 1 }],
  ['without an end', { exp: undefined }],
  ['whose end is no number', { exp: 'never' }],
  ['that begins later', { nbf: 99_999_999_999 }],
  ['that was issued later', { iat: 99_999_999_999 }],
  ['of nobody', { sub: undefined }],
  ['of an empty name', { sub: '' }],
  ['of a name that is no text', { sub: 7 }],
  ['that is a security event', { events: {} }],
  ['that is a refresh token', { typ: 'Refresh' }],
])('a token %s is refused', async (_what, change) => {
  const iss = 'iss' in change && change.iss === 'SLASH' ? { iss: `${provider.issuer}/` } : {};
  // The library does not sign some of these.
  const text = `${encode({ alg: 'RS256', kid: 'own' })}.${encode(claims({ ...change, ...iss }))}`;
  const key = (await importJWK(own, 'RS256')) as webcrypto.CryptoKey;
  const signature = await crypto.subtle.sign('RSASSA-PKCS1-v1_5', key, new TextEncoder().encode(text));
  await expectRefused(`${text}.${Buffer.from(signature).toString('base64url')}`);
});

test.each(['logout+jwt', 'secevent+jwt', 'dpop+jwt', 'JOSE'])(
  'a token that calls itself %s is refused',
  async (typ) => {
    await expectRefused(await sign({}, { typ }));
  },
);

test('a good key of the provider is refused for an algorithm that the settings do not name', async () => {
  await expectRefused(await sign({}, {}, curve));
  await expectRefused(await sign({}, { kid: 'own' }, curve));
});

test('another key under the name of a good one is refused, and so is a changed claim', async () => {
  await expectRefused(await sign({}, { kid: 'own' }, strange));
  const [header, , signature] = (await sign()).split('.');
  await expectRefused(`${header}.${encode(claims({ sub: 'admin' }))}.${signature}`);
});

test('an ID token for the client is not a bearer token', async () => {
  await expectRefused(await sign({ aud: 'granary', nonce: 'n' }));
});

test('what is no token at all is refused', async () => {
  for (const token of ['a', 'a.b', 'a.b.c', 'a.b.c.d.e', `${encode({})}.${encode({ iss: provider.issuer })}.`]) {
    await expectRefused(token);
  }
  await expectRefused(await sign({ padding: 'x'.repeat(9_200) }));
});

test('after all of this the provider’s own token is taken as before', async () => {
  expect(await whoIs(server, await provider.accessToken('ann'))).toMatchObject({ username: 'ann', role: 'MEMBER' });
});
