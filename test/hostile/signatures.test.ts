import { type RawAnswer, type RawRequest, send, sendSigned, sha256, sign } from '../s3/raw-request.js';
import type { TestServer } from '../support/server.js';
import { type PresignOptions, presign } from './presign.js';
import { exchangeBytes, requestBytes, type SocketAnswer } from './raw-socket.js';
import { expectAlive, expectRefused, keysOf, openBesiegedServer, withstand } from './siege.js';

const minute = 60_000;
let server: TestServer;

beforeAll(async () => {
  server = await openBesiegedServer();
});

afterAll(async () => {
  expect(server.problems).toEqual([]);
  await server.stop();
});

function put(path: string): RawRequest & { method: string; body: string } {
  return { method: 'PUT', path, body: 'hostile' };
}

/** Sends by a presigned URL, with headers that the URL does not sign. */
function sendPresigned(options: PresignOptions, unsigned: Record<string, string> = {}): Promise<RawAnswer> {
  const method = options.method ?? 'GET';
  return send(server, { method, path: presign(server, options), headers: unsigned, body: method === 'PUT' ? 'x' : '' });
}

describe('1: a clock that is off by 16 minutes', () => {
  test.each([-16, 16])('1: a request signed %d minutes from now is RequestTimeTooSkewed', async (minutes) => {
    const at = new Date(Date.now() + minutes * minute);
    await expectRefused(server, () => sendSigned(server, { ...put('/bucket/k'), at }), [403, 'RequestTimeTooSkewed']);
    await expectRefused(server, () => sendSigned(server, { method: 'DELETE', path: '/bucket/witness', at }), [
      403,
      'RequestTimeTooSkewed',
    ]);
  });

  test('1: a presigned URL from the future is refused', async () => {
    const at = new Date(Date.now() + 16 * minute);
    await expectRefused(server, () => sendPresigned({ method: 'PUT', path: '/bucket/k', at }), [403, 'AccessDenied']);
  });

  test('1: 14 minutes are not too much', async () => {
    const at = new Date(Date.now() - 14 * minute);
    expect((await sendSigned(server, { path: '/bucket/witness', at })).status).toBe(200);
  });
});

describe('2: the expiry of a presigned URL', () => {
  test.each(['604801', '-1', null, '', '1e3', '99999999999999999999', ' 5', '5.5'])(
    '2: X-Amz-Expires %j is AuthorizationQueryParametersError',
    async (expires) => {
      for (const method of ['PUT', 'GET', 'DELETE']) {
        await expectRefused(server, () => sendPresigned({ method, path: '/bucket/witness', expires }), [
          400,
          'AuthorizationQueryParametersError',
        ]);
      }
    },
  );

  test('2: of no second has ended', async () => {
    for (const method of ['PUT', 'GET', 'DELETE']) {
      const attack = () => sendPresigned({ method, path: '/bucket/witness', expires: '0' });
      await expectRefused(server, attack, [403, 'AccessDenied']);
    }
  });

  test('2: a URL is good for a week, and not a second longer than it says', async () => {
    expect((await sendPresigned({ path: '/bucket/witness', expires: '604800' })).body).toBe('still here');
    const at = new Date(Date.now() - 3000);
    await expectRefused(server, () => sendPresigned({ method: 'PUT', path: '/bucket/k', expires: '1', at }), [
      403,
      'AccessDenied',
    ]);
  });
});

describe('13: a signed DELETE that was overheard', () => {
  test('13: in a URL is AccessDenied once the URL has ended, however it is sent again', async () => {
    const at = new Date(Date.now() - 61 * 1000);
    const path = presign(server, { method: 'DELETE', path: '/bucket/witness', expires: '60', at });
    for (const _ of [1, 2, 3]) {
      await expectRefused(server, () => send(server, { method: 'DELETE', path }), [403, 'AccessDenied']);
    }
    // Neither a longer life nor a later date goes with its signature.
    const prolonged = path.replace('X-Amz-Expires=60', 'X-Amz-Expires=6000');
    await expectRefused(server, () => send(server, { method: 'DELETE', path: prolonged }), [
      403,
      'SignatureDoesNotMatch',
    ]);
  });

  test('13: in headers is RequestTimeTooSkewed after a quarter of an hour, and a new date does not go with it', async () => {
    const raw = { method: 'DELETE', path: '/bucket/witness', at: new Date(Date.now() - 16 * minute) };
    const { headers } = sign(server, raw);
    for (const _ of [1, 2]) {
      await expectRefused(server, () => send(server, { ...raw, headers }), [403, 'RequestTimeTooSkewed']);
    }
    const now = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
    const redated = { ...headers, 'x-amz-date': now };
    const answer = await withstand(server, () => send(server, { ...raw, headers: redated }));
    expect(answer.status).toBe(403);
  });
});

describe('3: a copy that the signature does not speak of', () => {
  const source = { 'x-amz-copy-source': 'bucket/witness' };

  test('3: a presigned PUT with an unsigned x-amz-copy-source is refused', async () => {
    const options = { method: 'PUT', path: '/bucket/stolen' };
    await expectRefused(server, () => sendPresigned(options, source), [403, 'AccessDenied']);
    await expectRefused(server, () => sendPresigned(options, { 'X-AMZ-Copy-Source': 'bucket/witness' }), [
      403,
      'AccessDenied',
    ]);
  });

  test('3: so it is behind an Authorization header, in the query, and for a part', async () => {
    const { headers } = sign(server, put('/bucket/stolen'));
    const raw = put('/bucket/stolen');
    await expectRefused(server, () => send(server, { ...raw, headers: { ...headers, ...source } }), [
      403,
      'AccessDenied',
    ]);
    const path = `${presign(server, { method: 'PUT', path: '/bucket/stolen' })}&x-amz-copy-source=bucket%2Fwitness`;
    await expectRefused(server, () => send(server, { ...raw, path }), [403, 'SignatureDoesNotMatch']);
    const part = { method: 'PUT', path: '/bucket/stolen', query: { partNumber: '1', uploadId: '0'.repeat(32) } };
    await expectRefused(server, () => sendPresigned(part, source), [403, 'AccessDenied']);
  });

  test('3: signed, it is a copy', async () => {
    const options = { method: 'PUT', path: '/bucket/copy', headers: source };
    expect((await sendPresigned(options, source)).status).toBe(200);
    expect((await sendSigned(server, { path: '/bucket/copy' })).body).toBe('still here');
  });
});

const unsignedHeaders: [string, string][] = [
  ['x-amz-acl', 'public-read'],
  ['x-amz-meta-owner', 'mallory'],
  ['x-amz-tagging', 'a=b'],
  ['x-amz-storage-class', 'STANDARD'],
  ['x-amz-content-sha256', sha256('x')],
  ['x-amz-content-sha256', 'STREAMING-UNSIGNED-PAYLOAD-TRAILER'],
  ['x-amz-decoded-content-length', '1'],
  ['x-amz-trailer', 'x-amz-checksum-crc32'],
  ['x-amz-checksum-crc32', 'AAAAAA=='],
  ['x-amz-security-token', 'token'],
  ['x-amz-bypass-governance-retention', 'true'],
  ['x-amz-something-new', 'x'],
  ['X-Amz-Meta-Case', 'x'],
];

test.each(unsignedHeaders)('4: an unsigned %s: %s is refused', async (name, value) => {
  // The digest of the body is signed by its value, and with another one the signature is of another request.
  const isPayload = name === 'x-amz-content-sha256';
  const answer: [number, string] = [403, isPayload ? 'SignatureDoesNotMatch' : 'AccessDenied'];
  const options = { method: 'PUT', path: '/bucket/k' };
  await expectRefused(server, () => sendPresigned(options, { [name]: value }), answer);
  const { headers } = sign(server, put('/bucket/k'));
  if (!(name in headers)) {
    const attack = () => send(server, { ...put('/bucket/k'), headers: { ...headers, [name]: value } });
    await expectRefused(server, attack, answer);
  }
});

test('8: a signature in the header and in the query is refused, whichever of them is right', async () => {
  const wrong = { ...server, secretAccessKey: 'wrong' };
  const options = { method: 'PUT', path: '/bucket/k' };
  for (const [inHeader, inQuery] of [
    [server, server],
    [server, wrong],
    [wrong, server],
  ] as const) {
    const raw = { ...put(presign(inQuery, options)) };
    const { headers } = sign(inHeader, raw);
    await expectRefused(server, () => send(server, { ...raw, headers }), [400, 'InvalidArgument']);
  }
  const version2 = put('/bucket/k?AWSAccessKeyId=a&Expires=9999999999&Signature=b');
  await expectRefused(server, () => sendSigned(server, version2), [400, 'InvalidArgument']);
});

describe('11: a signed header that is sent twice', () => {
  /** Signs with one set of values and sends the lines as given, in the place of the signed ones. */
  function sendLines(raw: RawRequest, lines: [string, string][]): Promise<SocketAnswer> {
    const names = new Set(lines.map(([name]) => name.toLowerCase()));
    const rest = Object.entries(sign(server, raw).headers).filter(([name]) => !names.has(name.toLowerCase()));
    const length: [string, string][] = names.has('content-length') ? [] : [['content-length', '7']];
    return exchangeBytes(server.s3Url, requestBytes(`PUT ${raw.path}`, [...rest, ...length, ...lines], 'hostile'));
  }

  const twice: [string, string][] = [
    ['x-amz-meta-a', '1'],
    ['x-amz-meta-a', '2'],
  ];

  test('11: its one canonical form is both values, joined', async () => {
    const raw = { ...put('/bucket/twice'), headers: { 'x-amz-meta-a': '1,2' } };
    expect((await sendLines(raw, twice)).status).toBe(200);
    const head = await sendSigned(server, { method: 'HEAD', path: '/bucket/twice' });
    expect(head.headers['x-amz-meta-a']).toBe('1,2');
  });

  test.each(['1', '2', '2,1', '1, 2'])('11: the signature of "%s" alone is not enough', async (value) => {
    const raw = { ...put('/bucket/k'), headers: { 'x-amz-meta-a': value } };
    const { status, code } = await withstand(server, () => sendLines(raw, twice));
    expect([status, code]).toEqual([403, 'SignatureDoesNotMatch']);
  });

  test.each([
    // RFC 9112, section 3.2.
    ['host', 'other.example', 400, 'BadRequest'],
    ['x-amz-date', '20000101T000000Z', 403, 'AccessDenied'],
    ['x-amz-content-sha256', 'UNSIGNED-PAYLOAD', 400, 'InvalidArgument'],
    ['content-length', '0', 400, undefined],
    ['authorization', `AWS4-HMAC-SHA256 Signature=${'0'.repeat(64)}`, 400, 'AuthorizationHeaderMalformed'],
  ])('11: a second %s is refused', async (name, value, status, code) => {
    const raw = put('/bucket/k');
    const first: Record<string, string> = { ...sign(server, raw).headers, 'content-length': '7' };
    const lines: [string, string][] = [
      [name, first[name] ?? ''],
      [name, value],
    ];
    const answer = await withstand(server, () => sendLines(raw, lines));
    expect([answer.status, answer.code]).toEqual([status, code]);
  });
});

describe('12: keys with encoded separators and dots', () => {
  test.each([
    ['/bucket/%252e%252e', '%2e%2e'],
    ['/bucket/%252e%252e%252fsecret', '%2e%2e%2fsecret'],
    ['/bucket/a%2Fb', 'a/b'],
    ['/bucket/..%2F..%2Fetc%2Fpasswd', '../../etc/passwd'],
    ['/bucket/a//b', 'a//b'],
    ['/bucket//a', '/a'],
    ['/bucket/a/', 'a/'],
    ['/bucket/%2E%2E/%2e', '../.'],
    ['/bucket/a%25b', 'a%b'],
  ])('12: %s is decoded once, and read back under the same name', async (path, key) => {
    expect((await sendSigned(server, { method: 'PUT', path, body: path })).status).toBe(200);
    expect(await keysOf(server)).toContain(key);
    expect((await sendSigned(server, { path })).body).toBe(path);
    expect((await sendSigned(server, { method: 'DELETE', path })).status).toBe(204);
    expect(await keysOf(server)).not.toContain(key);
    await expectAlive(server);
  });

  test.each([
    ['/bucket/%252e%252e', '/bucket/%2e%2e'],
    ['/bucket/a%2Fb', '/bucket/a/b'],
    ['/bucket/a/b', '/bucket/a%2Fb'],
    ['/bucket/a//b', '/bucket/a/b'],
    ['/bucket/a/../b', '/bucket/b'],
    ['/bucket//witness', '/bucket/witness'],
    ['/bucket/a%2520b', '/bucket/a%20b'],
  ])('12: %s is not what was signed as %s', async (path, signedPath) => {
    for (const method of ['PUT', 'GET', 'DELETE']) {
      const raw = { method, path: signedPath, body: method === 'PUT' ? 'x' : '' };
      const { headers } = sign(server, raw);
      await expectRefused(server, () => send(server, { ...raw, path, headers }), [403, 'SignatureDoesNotMatch']);
      const query = presign(server, { method, path: signedPath }).split('?')[1];
      await expectRefused(server, () => send(server, { ...raw, path: `${path}?${query}` }), [
        403,
        'SignatureDoesNotMatch',
      ]);
    }
  });

  test.each(['/bucket/%', '/bucket/%zz', '/bucket/%c0%ae%c0%ae', '/bucket/a%00b', '/%62ucket/%ff'])(
    '12: %s, which is no encoding of any key, is refused',
    async (path) => {
      await expectRefused(server, () => sendSigned(server, { method: 'PUT', path, body: 'x' }), [400, 'InvalidURI']);
    },
  );
});
