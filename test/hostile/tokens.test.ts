import { createHmac, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { exportJWK, type JWK, SignJWT } from 'jose';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let published: JWK;
let claims: Record<string, unknown>;

beforeAll(async () => {
  server = await startTestServer();
  const token = await server.login();
  claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  const response = await fetch(`${server.httpUrl}/.well-known/jwks.json`);
  [published] = ((await response.json()) as { keys: [JWK] }).keys;
});
afterAll(() => server?.stop());

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

function signedWith(secret: Buffer | string, header: object): string {
  const signed = `${encode(header)}.${encode(claims)}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

async function expectRefused(token: string): Promise<void> {
  const response = await fetch(`${server.httpUrl}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: '{ viewer { user { username } } }' }),
  });
  expect(response.status).toBe(401);
  expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
}

const pemOf = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }).toString();
const publicKey = () => createPublicKey({ key: published as never, format: 'jwk' });

test('19: a token without an algorithm, however that is written, is refused', async () => {
  for (const alg of ['none', 'None', 'NONE', 'nOnE', '', null]) {
    for (const header of [{ alg }, { alg, kid: published.kid }, { alg, kid: published.kid, typ: 'JWT' }]) {
      await expectRefused(`${encode(header)}.${encode(claims)}.`);
      await expectRefused(`${encode(header)}.${encode(claims)}.${Buffer.alloc(64).toString('base64url')}`);
    }
  }
});

test('19 and 20: a token that a keyed hash signs with our public key, in whatever form, is refused', async () => {
  const pem = pemOf(publicKey());
  const raw = Buffer.from(published.x ?? '', 'base64url');
  const forms = [
    raw,
    publicKey().export({ type: 'spki', format: 'der' }),
    JSON.stringify(published),
    pem,
    pem.trim(),
    ` ${pem}`,
    `\n\t ${pem}`,
    pem.replaceAll('\n', '\r\n'),
  ];
  for (const secret of forms) {
    for (const alg of ['HS256', 'HS384', 'HS512', 'hs256']) {
      await expectRefused(signedWith(secret, { alg, kid: published.kid, typ: 'JWT' }));
    }
  }
});

test('21: a key that the token brings along, or says where to find, is ignored', async () => {
  const own = generateKeyPairSync('ed25519');
  const jwk = { ...(await exportJWK(own.publicKey)), kid: published.kid };
  const headers = [
    { jwk },
    { jwk, kid: published.kid },
    { jku: 'https://evil.example.com/jwks.json', kid: published.kid },
    { x5u: 'https://evil.example.com/cert.pem', kid: published.kid },
    { x5c: [own.publicKey.export({ type: 'spki', format: 'der' }).toString('base64')], kid: published.kid },
    { kid: '../../../../dev/null' },
    { kid: "' UNION SELECT 'x" },
    { kid: '__proto__' },
  ];
  for (const header of headers) {
    const token = await new SignJWT(claims).setProtectedHeader({ alg: 'EdDSA', ...header }).sign(own.privateKey);
    await expectRefused(token);
  }
});

test('a good token with other claims, and keys of the right form that were never given out, are refused', async () => {
  const [header = '', , signature = ''] = (await server.login()).split('.');
  await expectRefused(`${header}.${encode({ ...claims, sub: '2' })}.${signature}`);
  await expectRefused(`gr_${'0'.repeat(49)}`);
  await expectRefused('gr_');
});
