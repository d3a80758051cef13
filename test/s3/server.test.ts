import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { Worker } from 'node:worker_threads';
import { startTestServer, type TestServer } from '../support/server.js';
import { hmac, type RawAnswer, type RawRequest, type Signed, send, sendSigned, sha256, sign } from './raw-request.js';

const mebibyte = 1024 * 1024;
const crc32Of123456789 = 'y/Q5Jg==';
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  await signed({ method: 'PUT', path: '/bucket' });
});

afterAll(async () => {
  expect(server.problems).toEqual([]);
  await server.stop();
});

function signed(raw: RawRequest): Promise<RawAnswer> {
  return sendSigned(server, raw);
}

/** A policy that would do but for these parts. */
function policy(parts: Record<string, unknown>): string {
  const statement = { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: 'arn:aws:s3:::bucket/*' };
  return JSON.stringify({ Version: '2012-10-17', Statement: [{ ...statement, ...parts }] });
}

async function keys(): Promise<string[]> {
  const { body } = await signed({ path: '/bucket?list-type=2' });
  return [...body.matchAll(/<Key>(.*?)<\/Key>/g)].map(([, key]) => key ?? '');
}

test('every answer carries ids, and errors say what and where', async () => {
  const answer = await send(server, { path: '/bucket/k%20x?a=b' });
  expect(answer.status).toBe(403);
  expect(answer.headers['x-amz-request-id']).toMatch(/^[0-9A-F]{16}$/);
  expect(answer.body).toContain(`<RequestId>${answer.headers['x-amz-request-id']}</RequestId>`);
  expect(answer.body).toContain('<Resource>/bucket/k%20x</Resource>');
  expect((await signed({ path: '/' })).headers['x-amz-request-id']).not.toBe(answer.headers['x-amz-request-id']);
});

test('who signs nothing and lists buckets is denied in the words of S3', async () => {
  const answer = await fetch(server.s3Url);
  expect([answer.status, await answer.text()]).toEqual([
    403,
    expect.stringContaining('<Code>AccessDenied</Code><Message>Access Denied</Message>'),
  ]);
});

test('the digest of a body need not be among the signed headers, and cannot be another one for that', async () => {
  const unsigned = 'x-amz-content-sha256';
  const raw: RawRequest = { method: 'PUT', path: '/bucket/unsigned-digest', body: 'content', unsigned };
  const { headers } = sign(server, raw);
  expect(headers.authorization).not.toContain(unsigned);
  expect((await send(server, { ...raw, headers })).status).toBe(200);
  expect((await send(server, { ...raw, headers, body: 'changed' })).code).toBe('XAmzContentSHA256Mismatch');
  const payloads = ['UNSIGNED-PAYLOAD', 'STREAMING-UNSIGNED-PAYLOAD-TRAILER', sha256('changed')];
  for (const payload of payloads) {
    const answer = await send(server, { ...raw, headers: { ...headers, [unsigned]: payload }, body: 'changed' });
    expect(answer.code).toBe('SignatureDoesNotMatch');
  }
  expect((await sendChunks('digest-of-chunks', ['one', 'two'], { unsigned })).status).toBe(200);
  expect((await sendChunks('forged', ['one'], { unsigned, forgeLast: true })).code).toBe('SignatureDoesNotMatch');
  const other = { ...raw, headers: { 'x-amz-acl': 'private' }, unsigned: 'x-amz-acl' };
  expect((await sendSigned(server, other)).code).toBe('AccessDenied');
});

test('a HEAD that fails has no body', async () => {
  const answer = await signed({ method: 'HEAD', path: '/bucket/missing' });
  expect([answer.status, answer.body]).toEqual([404, '']);
});

describe('addressing', () => {
  test('a bucket is reached under the name of its tenant', async () => {
    await signed({ method: 'PUT', path: '/bucket/tenant', body: 'x' });
    expect((await signed({ path: '/default:bucket/tenant' })).body).toBe('x');
    expect((await signed({ path: '/default%3Abucket/tenant' })).body).toBe('x');
    expect((await signed({ path: '/nobody:bucket/tenant' })).code).toBe('NoSuchBucket');
  });

  test.each(['/bucket/a//b', '/bucket/../bucket/k', '/bucket/%2e%2e/k', '/bucket/%252e', '/bucket/a%2Fb', '/bucket/.'])(
    '%s is a literal key',
    async (path) => {
      expect((await signed({ method: 'PUT', path, body: path })).status).toBe(200);
      expect((await signed({ path })).body).toBe(path);
      const key = decodeURIComponent(path.slice('/bucket/'.length));
      expect(await keys()).toContain(key);
      expect((await signed({ method: 'DELETE', path })).status).toBe(204);
    },
  );

  test.each(['/bucket/%ff', '/bucket/%00', '/bucket/%zz'])('%s is refused', async (path) => {
    expect((await signed({ method: 'PUT', path, body: 'x' })).status).toBe(400);
  });
});

describe('what is not there', () => {
  test.each([
    ['GET', '/bucket?metadataTable', 501],
    ['GET', '/bucket?session=', 501],
    ['PUT', '/bucket?abac', 501],
    ['PUT', '/new-bucket?something-new', 501],
    ['GET', '/bucket?something-new', 501],
    ['GET', '/bucket/k?torrent', 501],
    ['POST', '/bucket/k?select&select-type=2', 501],
    ['POST', '/bucket/k?restore', 501],
    ['OPTIONS', '/bucket/k', 400],
    ['PATCH', '/bucket/k', 405],
    ['POST', '/bucket/k', 405],
    ['DELETE', '/', 405],
    ['DELETE', '/bucket?versioning', 405],
    ['GET', '/bucket?uploads&versions', 400],
    ['GET', '/bucket?list-type=3', 400],
    ['PUT', '/bucket/k?partNumber=1', 400],
  ])('%s %s is answered by %d', async (method, path, status) => {
    expect((await signed({ method, path })).status).toBe(status);
    expect((await signed({ method: 'HEAD', path: '/new-bucket' })).status).toBe(404);
  });

  test.each([
    ['GET', '/bucket/k?uploads', 400, 'InvalidRequest', 'Key is not expected for the GET method ?uploads subresource'],
    [
      'GET',
      '/bucket/k?versions',
      400,
      'InvalidRequest',
      'There is no such thing as the ?versions sub-resource for a key',
    ],
    ['PUT', '/bucket/k?uploadId=x', 405, 'MethodNotAllowed', '<ResourceType>UPLOAD</ResourceType>'],
    ['PUT', '/bucket/k?partNumber=1', 400, 'InvalidArgument', '<ArgumentName>partNumber</ArgumentName>'],
  ])('%s %s is %d %s, and says why', async (method, path, status, code, words) => {
    const answer = await signed({ method, path });
    expect([answer.status, answer.code]).toEqual([status, code]);
    expect(answer.body).toContain(words);
  });

  test.each([
    ['GET', '/bucket/k'],
    ['DELETE', '/bucket/k'],
    ['DELETE', '/bucket'],
    ['POST', '/bucket/k?uploadId=x'],
  ])('%s %s with the source of a copy is refused', async (method, path) => {
    const answer = await signed({ method, path, headers: { 'x-amz-copy-source': '/bucket/source' } });
    expect([answer.status, answer.code]).toEqual([400, 'InvalidArgument']);
    expect(answer.body).toContain('<ArgumentName>x-amz-copy-source</ArgumentName><ArgumentValue>/bucket/source<');
  });

  test('an HTML form with a signature in the header is refused', async () => {
    const headers = { 'content-type': 'multipart/form-data; boundary=x' };
    expect((await signed({ method: 'POST', path: '/bucket', headers, body: '--x--' })).code).toBe('InvalidArgument');
  });
});

describe('buckets', () => {
  test('say their ARN when they are made and looked at', async () => {
    for (const method of ['PUT', 'HEAD']) {
      const { status, headers } = await signed({ method, path: '/with-arn' });
      expect([status, headers['x-amz-bucket-arn']]).toEqual([200, 'arn:aws:s3:::with-arn']);
    }
  });

  test('with a name that is none are refused in S3’s words, with the rule as the detail', async () => {
    const answer = await signed({ method: 'PUT', path: '/Not_A_Bucket' });
    expect([answer.status, answer.code]).toEqual([400, 'InvalidBucketName']);
    expect(answer.body).toContain('<Message>The specified bucket is not valid.</Message>');
    expect(answer.body).toMatch(/<Detail>A bucket name has 3 to 63 characters/);
  });

  test.each(['0', '-3', '10001', 'x'])('cannot be listed %s at a time', async (count) => {
    const answer = await signed({ path: `/?max-buckets=${count}` });
    expect([answer.status, answer.code]).toEqual([400, 'InvalidArgument']);
    expect(answer.body).toContain('Argument max-buckets must be an integer between 1 and 10000.');
  });

  test('that are not there say so before a list is missed', async () => {
    expect((await signed({ method: 'PUT', path: '/no-bucket?acl' })).code).toBe('NoSuchBucket');
    expect((await signed({ method: 'PUT', path: '/bucket?acl' })).code).toBe('MissingSecurityHeader');
  });

  test('take either a canned list or grants or a document, however wrong these are', async () => {
    const path = '/bucket?acl';
    const canned = { 'x-amz-acl': 'private' };
    const grant = { 'x-amz-grant-read': 'somebody' };
    const both = await signed({ method: 'PUT', path, headers: { ...canned, ...grant } });
    expect([both.status, both.code]).toEqual([400, 'InvalidRequest']);
    for (const headers of [canned, grant]) {
      const answer = await signed({ method: 'PUT', path, headers, body: '<AccessControlPolicy/>' });
      expect([answer.status, answer.code]).toEqual([400, 'UnexpectedContent']);
    }
  });

  test.each([
    ['false', 'Policies must be valid JSON and the first byte must be &#39;{&#39;'],
    ['{true}', 'This policy contains invalid Json'],
    ['{}', 'Missing required field Statement'],
    ['{"Statement": []}', 'Could not parse the policy: Statement is empty!'],
    ['{"Version": "2000-10-17", "Statement": []}', 'The policy must contain a valid version string'],
    [policy({ Effect: 'Maybe' }), 'Invalid effect: Maybe'],
    [policy({ Effect: { toString: 1, valueOf: 1 } }), 'Invalid effect: {...}'],
    [policy({ Effect: undefined }), 'Missing required field Effect'],
    [policy({ Principal: undefined }), 'Missing required field Principal'],
    [policy({ Principal: 'ada' }), 'Invalid principal in policy'],
    [policy({ Principal: { AWS: [] } }), 'Invalid principal in policy'],
    [policy({ Action: 's3:Nothing' }), 'Policy has invalid action'],
    [policy({ Resource: 'arn:aws:s3:::other/*' }), 'Policy has invalid resource'],
    [policy({ Condition: { Likely: { 'aws:SourceIp': '::1' } } }), 'Invalid Condition type : Likely'],
    [policy({ Condition: { StringEquals: { 's3:none': 'x' } } }), 'Policy has an invalid condition key'],
    [policy({ Condition: { IpAddress: { 'aws:SourceIp': 'x' } } }), 'Invalid IP address in Conditions'],
  ])('tell of the policy %s what S3 tells, and where it is wrong', async (body, words) => {
    const answer = await signed({ method: 'PUT', path: '/bucket?policy', body });
    expect([answer.status, answer.code]).toEqual([400, 'MalformedPolicy']);
    expect(answer.body).toContain(`<Message>${words}</Message>`);
    expect(answer.body).toMatch(/<Detail>The policy is /);
  });
});

test('headers of more than 8 KiB are refused', async () => {
  const headers = { 'x-amz-meta-a': 'x'.repeat(8 * 1024) };
  const answer = await signed({ method: 'PUT', path: '/bucket/large-head', headers });
  expect([answer.status, answer.code]).toEqual([400, 'RequestHeaderSectionTooLarge']);
  expect(answer.body).toContain('<MaxSizeAllowed>8192</MaxSizeAllowed>');
});

describe('bodies', () => {
  test('a digest that is not the body’s stores nothing', async () => {
    const answer = await signed({ method: 'PUT', path: '/bucket/digest', body: 'x', payload: sha256('y') });
    expect([answer.status, answer.code]).toEqual([400, 'XAmzContentSHA256Mismatch']);
    expect(await keys()).not.toContain('digest');
  });

  test('a length is required', async () => {
    const headers = { 'transfer-encoding': 'chunked' };
    const raw = { method: 'PUT', path: '/bucket/length', body: 'x', payload: 'UNSIGNED-PAYLOAD' };
    const answer = await send(server, { ...raw, headers: { ...sign(server, raw).headers, ...headers } });
    expect([answer.status, answer.code]).toEqual([411, 'MissingContentLength']);
  });

  test('what headers condemn is refused before the body is sent', async () => {
    const expect100 = { expect: '100-continue' };
    const big = { ...expect100, 'content-length': String(6 * 1024 ** 3) };
    const put = { method: 'PUT', path: '/bucket/big', payload: 'UNSIGNED-PAYLOAD' };
    const tooLarge = await signed({ ...put, headers: big });
    expect([tooLarge.code, tooLarge.continued, tooLarge.headers.connection]).toEqual([
      'EntityTooLarge',
      false,
      'close',
    ]);
    const wrong = sign({ ...server, secretAccessKey: 'wrong' }, { ...put, headers: big }).headers;
    const forged = await send(server, { ...put, headers: wrong });
    expect([forged.code, forged.continued]).toEqual(['SignatureDoesNotMatch', false]);
    const missing = await signed({
      ...put,
      path: '/no-such-bucket/k',
      body: 'x',
      headers: { ...expect100, 'content-length': '1' },
    });
    expect([missing.code, missing.continued]).toEqual(['NoSuchBucket', false]);
    const fine = await signed({
      ...put,
      path: '/bucket/fine',
      body: 'x',
      headers: { ...expect100, 'content-length': '1' },
    });
    expect([fine.status, fine.continued]).toEqual([200, true]);
  });

  test('a client that is still sending sees why it is refused', async () => {
    const small = await send(server, {
      method: 'PUT',
      path: '/bucket/k',
      body: 'x',
      headers: { 'content-length': '1', connection: 'keep-alive' },
    });
    expect([small.status, small.headers.connection]).toEqual([403, 'keep-alive']);
    const body = Buffer.alloc(900_000);
    const answer = await send(server, {
      method: 'PUT',
      path: '/bucket/k',
      body,
      headers: { 'content-length': String(body.length) },
    });
    expect([answer.status, answer.headers.connection]).toEqual([403, 'close']);
  });

  const nowhere = { path: '/no-such-bucket/k', payload: 'UNSIGNED-PAYLOAD' };
  const noChunks = { path: '/bucket/k', payload: 'STREAMING-UNSIGNED-PAYLOAD-TRAILER' };
  const expect100 = { expect: '100-continue' };
  const decoded = { 'x-amz-decoded-content-length': String(mebibyte) };
  test.each([
    ['waits for nothing', 'nothing', { ...nowhere, headers: {} }, /^HTTP\/1\.1 404 .*<Code>NoSuchBucket</s],
    ['waits no longer', 'nothing', { ...nowhere, headers: expect100 }, /^HTTP\/1\.1 404 .*<Code>NoSuchBucket</s],
    [
      'was told to go on',
      '100 Continue',
      { ...noChunks, headers: { ...expect100, ...decoded } },
      /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 400 .*<Code>IncompleteBody</s,
    ],
  ])('a client that %s, and is busy while it is refused, sees why', async (_, waitsFor, parts, expected) => {
    const body = Buffer.alloc(5 * mebibyte);
    const raw = { ...parts, method: 'PUT', headers: { ...parts.headers, 'content-length': String(body.length) } };
    const { hostname, port } = new URL(server.s3Url);
    const workerData = { hostname, port, head: signedHead(raw), body, waitsFor, busyMs: 100 };
    const client = new Worker(new URL('busy-client.mjs', import.meta.url), { workerData });
    const [received] = await once(client, 'message');
    expect(received).toMatch(expected);
  });

  test('a client that is refused and sends on without end is cut off', async () => {
    const { hostname, port } = new URL(server.s3Url);
    const { promise, resolve } = Promise.withResolvers<string>();
    const piece = Buffer.alloc(mebibyte);
    const sendOn = () => socket.write(piece, (error) => error ?? setImmediate(sendOn));
    const socket = connect(Number(port), hostname, () => {
      socket.write('PUT /bucket/k HTTP/1.1\r\nHost: h\r\nContent-Length: 5000000000\r\n\r\n');
      sendOn();
    });
    let received = '';
    socket.on('data', (bytes) => {
      received += bytes.toString();
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => resolve(received));
    expect(await promise).toMatch(/^HTTP\/1\.1 403 .*Connection: close/s);
    expect(socket.bytesWritten).toBeLessThan(128 * mebibyte);
  });

  test('a body that ends early stores nothing', async () => {
    const raw = {
      method: 'PUT',
      path: '/bucket/early',
      payload: 'UNSIGNED-PAYLOAD',
      headers: { 'content-length': '100000' },
    };
    await exchangeBytes(`${signedHead(raw)}${'x'.repeat(50_000)}`);
    expect(await keys()).not.toContain('early');
  });
});

describe('aws-chunked', () => {
  test('signed chunks are stored, forged ones are not', async () => {
    expect((await sendChunks('good', ['hello ', 'world'])).status).toBe(200);
    expect((await signed({ path: '/bucket/good' })).body).toBe('hello world');
    expect((await signed({ method: 'HEAD', path: '/bucket/good' })).headers['content-encoding']).toBeUndefined();
    const forged = await sendChunks('forged', ['hello ', 'world'], { seed: '0'.repeat(64) });
    expect([forged.status, forged.code]).toEqual([403, 'SignatureDoesNotMatch']);
    const large = await sendChunks('forged', ['a'.repeat(mebibyte), 'b'], { forgeLast: true });
    expect(large.code).toBe('SignatureDoesNotMatch');
    expect(await keys()).not.toContain('forged');
  });

  const payload = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';
  const put = { method: 'PUT', path: '/bucket/trailer', payload };
  const announced = {
    'x-amz-decoded-content-length': '9',
    'x-amz-trailer': 'x-amz-checksum-crc32',
    'content-encoding': 'aws-chunked',
  };

  test('a trailer’s checksum is verified, kept and given back', async () => {
    const body = `9\r\n123456789\r\n0\r\nx-amz-checksum-crc32:${crc32Of123456789}\r\n\r\n`;
    const written = await signed({ ...put, headers: announced, body });
    expect([written.status, written.headers['x-amz-checksum-crc32']]).toEqual([200, crc32Of123456789]);
    const head = await signed({ method: 'HEAD', path: put.path, headers: { 'x-amz-checksum-mode': 'ENABLED' } });
    expect(head.headers['x-amz-checksum-crc32']).toBe(crc32Of123456789);
    await signed({ method: 'DELETE', path: put.path });
  });

  test.each([
    ['a wrong checksum', `9\r\n123456789\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n`, 'BadDigest'],
    [
      'a checksum of another kind',
      `9\r\n123456789\r\n0\r\nx-amz-checksum-crc32c:AAAAAA==\r\n\r\n`,
      'MalformedTrailerError',
    ],
    ['no trailer', '9\r\n123456789\r\n0\r\n\r\n', 'MalformedTrailerError'],
    ['too few bytes', '3\r\n123\r\n0\r\n\r\n', 'IncompleteBody'],
    ['too many bytes', 'a\r\n1234567890\r\n0\r\n\r\n', 'IncompleteBody'],
    ['no chunks at all', '123456789\r\n', 'IncompleteBody'],
  ])('%s is refused, and the server goes on', async (_, body, code) => {
    const answer = await signed({ ...put, headers: announced, body });
    expect([answer.status, answer.code]).toEqual([400, code]);
    expect(await keys()).not.toContain('trailer');
  });

  test('needs its decoded length, and a good signature', async () => {
    const headers = { 'x-amz-trailer': 'x-amz-checksum-crc32' };
    expect((await signed({ ...put, headers, body: '0\r\n\r\n' })).status).toBe(411);
    const wrong = sign({ ...server, secretAccessKey: 'wrong' }, { ...put, headers: announced }).headers;
    expect((await send(server, { ...put, headers: wrong, body: '0\r\n\r\n' })).code).toBe('SignatureDoesNotMatch');
    expect(await keys()).not.toContain('trailer');
  });
});

describe('requests', () => {
  test('with a clock that is off, or for another service, are refused', async () => {
    const at = new Date(Date.now() - 16 * 60_000);
    expect((await signed({ path: '/bucket', at })).code).toBe('RequestTimeTooSkewed');
    expect((await signed({ path: '/bucket', service: 'iam' })).code).toBe('AuthorizationHeaderMalformed');
  });

  test('with a digest that is none are told so before their signature is judged', async () => {
    const raw = { method: 'PUT', path: '/bucket/none', body: 'x' };
    const headers = { ...sign(server, raw).headers, 'x-amz-content-sha256': 'none' };
    const answer = await send(server, { ...raw, headers });
    expect([answer.status, answer.code]).toEqual([400, 'InvalidArgument']);
    expect(answer.body).toContain('<ArgumentValue>none</ArgumentValue>');
  });

  test('with the wrong expected owner are refused', async () => {
    const get = (owner: string) => signed({ path: '/bucket', headers: { 'x-amz-expected-bucket-owner': owner } });
    expect((await get('111122223333')).code).toBe('AccessDenied');
    expect((await get('default')).status).toBe(200);
  });

  test('with an XML bomb are refused', async () => {
    const entities = Array.from({ length: 1000 }, (_, i) => `<!ENTITY e${i} "x">`).join('');
    const body = `<!DOCTYPE d [${entities}]><Delete><Object><Key>&e1;</Key></Object></Delete>`;
    const headers = { 'content-md5': createHash('md5').update(body).digest('base64') };
    const answer = await signed({ method: 'POST', path: '/bucket?delete', headers, body });
    expect([answer.status, answer.code]).toEqual([400, 'MalformedXML']);
    expect((await signed({ method: 'POST', path: '/bucket?delete', body })).code).toBe('InvalidRequest');
  });

  test('that are no HTTP get a short answer', async () => {
    expect(await exchangeBytes('nonsense\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
    const smuggled =
      'PUT /bucket/k HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n';
    expect(await exchangeBytes(smuggled)).toMatch(/^HTTP\/1\.1 400 /);
  });
});

/** The bytes of a signed request before its body. */
function signedHead(raw: RawRequest): string {
  const lines = Object.entries(sign(server, raw).headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${raw.method} ${raw.path} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

async function sendChunks(
  key: string,
  chunks: string[],
  forgery: { seed?: string; forgeLast?: boolean; unsigned?: string } = {},
): Promise<RawAnswer> {
  const length = chunks.join('').length;
  const raw: RawRequest = {
    method: 'PUT',
    path: `/bucket/${key}`,
    payload: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
    headers: { 'x-amz-decoded-content-length': String(length), 'content-encoding': 'aws-chunked' },
    ...(forgery.unsigned !== undefined && { unsigned: forgery.unsigned }),
  };
  const request = sign(server, raw);
  let previous = forgery.seed ?? request.signature;
  const encoded = [...chunks, ''].map((chunk, index) => {
    previous = chunkSignature(request, previous, forgery.forgeLast && index === chunks.length ? 'x' : chunk);
    return `${chunk.length.toString(16)};chunk-signature=${previous}\r\n${chunk}\r\n`;
  });
  return send(server, { ...raw, headers: request.headers, body: encoded.join('') });
}

function chunkSignature({ key, timestamp, scope }: Signed, previous: string, chunk: string): string {
  const text = `AWS4-HMAC-SHA256-PAYLOAD\n${timestamp}\n${scope}\n${previous}\n${sha256('')}\n${sha256(chunk)}`;
  return hmac(key, text).toString('hex');
}

/** Sends bytes, ends, and collects what comes back until the connection closes. */
function exchangeBytes(text: string): Promise<string> {
  const { hostname, port } = new URL(server.s3Url);
  const { promise, resolve } = Promise.withResolvers<string>();
  const socket = connect(Number(port), hostname, () => socket.end(text));
  let received = '';
  socket.on('data', (bytes) => {
    received += bytes.toString();
  });
  socket.on('error', () => socket.destroy());
  socket.on('close', () => resolve(received));
  return promise;
}
