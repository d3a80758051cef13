import { hmac, type RawRequest, type Signed, send, sendSigned, sha256, sign } from '../s3/raw-request.js';
import { eventually } from '../support/process.js';
import type { TestServer } from '../support/server.js';
import { presign } from './presign.js';
import { exchangeBytes, requestBytes, sendAndLeave } from './raw-socket.js';
import { expectAlive, expectRefused, keysOf, openBesiegedServer, storedBy, withstand } from './siege.js';

const emptyDigest = sha256('');
const crc32Of123456789 = 'y/Q5Jg==';
const unsignedTrailer = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';
const trailerHeaders = { 'x-amz-decoded-content-length': '9', 'x-amz-trailer': 'x-amz-checksum-crc32' };
const trailerBody = `9\r\n123456789\r\n0\r\nx-amz-checksum-crc32:${crc32Of123456789}\r\n\r\n`;
let server: TestServer;

beforeAll(async () => {
  server = await openBesiegedServer({ idleTimeoutMs: 1000 });
});

afterAll(async () => {
  expect(server.problems).toEqual([]);
  await server.stop();
});

function unsignedUpload(path = '/bucket/k'): RawRequest {
  return { method: 'PUT', path, payload: unsignedTrailer, headers: trailerHeaders, body: trailerBody };
}

/** An aws-chunked upload whose chunks are too large to be kept in memory until the end. */
function largeUpload(): RawRequest {
  const size = 200_000;
  return {
    ...unsignedUpload(),
    headers: { 'x-amz-decoded-content-length': String(size) },
    body: `${size.toString(16)}\r\n${'x'.repeat(size)}\r\n0\r\n\r\n`,
  };
}

test('5: an upload with an unsigned trailer is stored when its signature is right', async () => {
  expect((await sendSigned(server, unsignedUpload('/bucket/fine'))).status).toBe(200);
  expect((await sendSigned(server, { path: '/bucket/fine' })).body).toBe('123456789');
});

test.each([
  ['a wrong secret', { secretAccessKey: 'wrong' }, [403, 'SignatureDoesNotMatch']],
  ['an unknown key', { accessKeyId: 'NOBODY' }, [403, 'InvalidAccessKeyId']],
])('5: an upload with an unsigned trailer and %s stores nothing', async (_, change, answer) => {
  for (const raw of [unsignedUpload(), largeUpload(), unsignedUpload('/bucket/witness')]) {
    const { headers } = sign({ ...server, ...change }, raw);
    await expectRefused(server, () => send(server, { ...raw, headers }), answer as [number, string]);
  }
});

test('5: an upload with an unsigned trailer and no signature at all stores nothing', async () => {
  for (const raw of [unsignedUpload(), largeUpload()]) {
    const headers = { ...raw.headers, 'x-amz-content-sha256': unsignedTrailer };
    await expectRefused(server, () => send(server, { ...raw, headers }), [403, 'AccessDenied']);
  }
});

test('5: a signature that is right for other headers is wrong for these', async () => {
  const raw = unsignedUpload();
  const { headers } = sign(server, { ...raw, path: '/bucket/other' });
  await expectRefused(server, () => send(server, { ...raw, headers }), [403, 'SignatureDoesNotMatch']);
  const authorization = sign(server, raw).headers.authorization?.replace(/Signature=.*/, `Signature=${'0'.repeat(64)}`);
  const forged = { ...sign(server, raw).headers, authorization: authorization ?? '' };
  await expectRefused(server, () => send(server, { ...raw, headers: forged }), [403, 'SignatureDoesNotMatch']);
});

describe('6: an unsigned trailer with credentials in the query', () => {
  const content = { 'x-amz-content-sha256': unsignedTrailer };

  test.each([
    ['signed headers', { ...content, ...trailerHeaders }, {}, [400, 'InvalidRequest']],
    ['unsigned headers', {}, { ...content, ...trailerHeaders }, [403, 'AccessDenied']],
  ] as const)('6: %s are refused, and store nothing', async (_, signed, unsigned, answer) => {
    const options = { method: 'PUT', path: '/bucket/k', headers: signed, payload: unsignedTrailer };
    const attack = () =>
      send(server, { ...unsignedUpload(presign(server, options)), headers: { ...signed, ...unsigned } });
    await expectRefused(server, attack, answer as unknown as [number, string]);
  });

  test('6: said in the query it is refused too', async () => {
    const query = { 'X-Amz-Content-Sha256': unsignedTrailer };
    const path = presign(server, { method: 'PUT', path: '/bucket/k', query, payload: unsignedTrailer });
    const raw = { method: 'PUT', path, body: trailerBody };
    await expectRefused(server, () => send(server, raw), [400, 'InvalidRequest']);
  });

  test('6: a wrong signature, or a key that anyone may know, does not help', async () => {
    const headers = { ...content, ...trailerHeaders };
    const options = { method: 'PUT', path: '/bucket/k', headers, payload: unsignedTrailer };
    const forged = presign({ ...server, secretAccessKey: 'wrong' }, options);
    await expectRefused(server, () => send(server, { ...unsignedUpload(forged), headers }), [
      403,
      'SignatureDoesNotMatch',
    ]);
    const bare = `/bucket/k?X-Amz-Credential=${server.accessKeyId}%2F20260101%2Fus-east-1%2Fs3%2Faws4_request`;
    await expectRefused(server, () => send(server, { ...unsignedUpload(bare), headers }), [400, 'InvalidRequest']);
  });
});

interface Forgery {
  seed?: string;
  /** The chunk whose signature is replaced; the last one is the empty one. */
  chunk?: number;
  /** The chunk whose bytes are not those that were signed. */
  bytes?: number;
  order?: number[];
  leaveOut?: number;
}

/** The bytes of a chunked upload, signed as AWS documents it, with one thing forged. */
function signedChunks(signed: Signed, chunks: string[], forgery: Forgery): string {
  let previous = forgery.seed ?? signed.signature;
  const pieces = [...chunks, ''].map((chunk, index) => {
    const digests = `${emptyDigest}\n${sha256(chunk)}`;
    const text = `AWS4-HMAC-SHA256-PAYLOAD\n${signed.timestamp}\n${signed.scope}\n${previous}\n${digests}`;
    previous = hmac(signed.key, text).toString('hex');
    const signature = forgery.chunk === index ? 'f'.repeat(64) : previous;
    const bytes = forgery.bytes === index ? `${chunk.slice(0, -1)}!` : chunk;
    return `${bytes.length.toString(16)};chunk-signature=${signature}\r\n${bytes}\r\n`;
  });
  const order = forgery.order ?? pieces.map((_, index) => index);
  return order
    .filter((index) => index !== forgery.leaveOut)
    .map((index) => pieces[index])
    .join('');
}

function chunkedUpload(chunks: string[], forgery: Forgery = {}, path = '/bucket/k'): RawRequest {
  const length = forgery.leaveOut === undefined ? chunks.join('').length : (chunks[0]?.length ?? 0);
  const raw = {
    method: 'PUT',
    path,
    payload: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
    headers: { 'x-amz-decoded-content-length': String(length), 'content-encoding': 'aws-chunked' },
  };
  const signed = sign(server, raw);
  return { ...raw, headers: signed.headers, body: signedChunks(signed, chunks, forgery) };
}

describe('9: a signed streaming upload', () => {
  const small = ['hello ', 'world '];
  const large = ['a'.repeat(100_000), 'b'.repeat(100_000)];
  const huge = ['a'.repeat(1_500_000), 'b'.repeat(1_500_000)];

  test.each([
    ['small', small],
    ['large', large],
    ['huge', huge],
  ])('9: of %s chunks is stored when all is right', async (_, chunks) => {
    expect((await send(server, chunkedUpload(chunks, {}, '/bucket/fine'))).status).toBe(200);
    expect((await sendSigned(server, { path: '/bucket/fine' })).body).toBe(chunks.join(''));
  });

  const forgeries: [string, Forgery][] = [
    ['a forged seed', { seed: '0'.repeat(64) }],
    ['a forged first chunk', { chunk: 0 }],
    ['a forged second chunk', { chunk: 1 }],
    ['a forged last, empty chunk', { chunk: 2 }],
    ['other bytes in the first chunk', { bytes: 0 }],
    ['other bytes in the second chunk', { bytes: 1 }],
    ['its chunks in another order', { order: [1, 0, 2] }],
    ['a chunk left out', { leaveOut: 1 }],
  ];

  test.each(forgeries)('9: with %s is refused, and nothing is visible', async (_, forgery) => {
    for (const chunks of [small, large, huge]) {
      for (const path of ['/bucket/k', '/bucket/witness']) {
        const raw = chunkedUpload(chunks, forgery, path);
        await expectRefused(server, () => send(server, raw), [403, 'SignatureDoesNotMatch']);
      }
    }
    expect(await keysOf(server)).not.toContain('k');
  });

  test('9: without a single right signature, its first bytes are not visible while it lasts', async () => {
    const { headers, body } = chunkedUpload(large, { chunk: 1 });
    const lines = Object.entries({ ...headers, 'content-length': String(body?.length) });
    const leaving = sendAndLeave(server.s3Url, requestBytes('PUT /bucket/k', lines, String(body).slice(0, 150_000)));
    expect(await keysOf(server)).not.toContain('k');
    await leaving;
    await eventually(async () => (await storedBy(server)).staged.length === 0);
    expect(await keysOf(server)).not.toContain('k');
    await expectAlive(server);
  });
});

const malformed: [name: string, body: string][] = [
  ['no size', '\r\n123456789\r\n0\r\n\r\n'],
  ['a size that is no number', 'xyz\r\n123456789\r\n0\r\n\r\n'],
  ['a negative size', '-9\r\n123456789\r\n0\r\n\r\n'],
  ['a size of 2^64', '10000000000000000\r\n123456789\r\n0\r\n\r\n'],
  ['a size of many digits', `${'f'.repeat(5000)}\r\n123456789\r\n0\r\n\r\n`],
  ['a size with 0x', '0x9\r\n123456789\r\n0\r\n\r\n'],
  ['a chunk longer than its size', '5\r\n123456789\r\n0\r\n\r\n'],
  ['a chunk shorter than its size', '9\r\n12345\r\n0\r\n\r\n'],
  ['more bytes than were announced', 'a\r\n1234567890\r\n0\r\n\r\n'],
  ['fewer bytes than were announced', '3\r\n123\r\n0\r\n\r\n'],
  ['no last chunk', '9\r\n123456789\r\n'],
  ['half a chunk', '9\r\n1234'],
  ['nothing at all', ''],
  ['a line without an end', 'x'.repeat(1_000_000)],
  ['bare line feeds', '9\n123456789\n0\n\n'],
  ['bytes behind the end', `${trailerBody}PUT /bucket/smuggled HTTP/1.1\r\n\r\n`],
  ['a trailer without a colon', '9\r\n123456789\r\n0\r\nx-amz-checksum-crc32\r\n\r\n'],
  ['a trailer that was not announced', '9\r\n123456789\r\n0\r\nx-amz-meta-a:b\r\n\r\n'],
  ['a trailer twice', `9\r\n123456789\r\n0\r\n${`x-amz-checksum-crc32:${crc32Of123456789}\r\n`.repeat(2)}\r\n`],
  ['10,000 trailer lines', `9\r\n123456789\r\n0\r\n${'a:b\r\n'.repeat(10_000)}\r\n`],
  ['a trailer line without an end', `9\r\n123456789\r\n0\r\nx-amz-checksum-crc32:${'A'.repeat(1_000_000)}`],
  ['a trailer called __proto__', '9\r\n123456789\r\n0\r\n__proto__:x\r\n\r\n'],
  ['a checksum of another length', '9\r\n123456789\r\n0\r\nx-amz-checksum-crc32:AAAA\r\n\r\n'],
  ['a wrong checksum', '9\r\n123456789\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n'],
];

test.each(malformed)('10: an aws-chunked body with %s is a 400', async (_, body) => {
  const before = await storedBy(server);
  const { status, code } = await sendSigned(server, { ...unsignedUpload(), body });
  expect([status, code]).toEqual([
    400,
    expect.stringMatching(/^(InvalidRequest|IncompleteBody|MalformedTrailerError|BadDigest)$/),
  ]);
  expect(await storedBy(server)).toEqual({ ...before, staged: [] });
  await expectAlive(server);
});

test.each([
  ['-1', 411, 'MissingContentLength'],
  ['1e3', 411, 'MissingContentLength'],
  ['99999999999999999999', 400, 'EntityTooLarge'],
  ['999999999999999', 400, 'EntityTooLarge'],
])('10: a decoded length of %s is refused', async (length, status, code) => {
  const headers = { ...trailerHeaders, 'x-amz-decoded-content-length': length };
  await expectRefused(server, () => sendSigned(server, { ...unsignedUpload(), headers }), [status, code]);
});

test('10: signed chunks without signatures, or with broken ones, are refused', async () => {
  for (const [from, to] of [
    [/;chunk-signature=\w+/, ''],
    [/chunk-signature=\w+/, 'chunk-signature='],
    [/chunk-signature=/, 'chunk_signature='],
    [/chunk-signature=\w/, 'chunk-signature=Z'],
  ] as const) {
    const raw = chunkedUpload(['hello '], {});
    const body = String(raw.body).replace(from, to);
    await expectRefused(server, () => send(server, { ...raw, body }), [400, 'IncompleteBody']);
  }
});

describe('10: a client', () => {
  const raw = largeUpload();

  function halfOfIt(): Buffer {
    const lines = Object.entries({ ...sign(server, raw).headers, 'content-length': String(raw.body?.length) });
    return requestBytes(`PUT ${raw.path}`, lines, String(raw.body).slice(0, 150_000));
  }

  test('10: that leaves in the middle of a chunk leaves nothing behind', async () => {
    const before = await storedBy(server);
    for (let i = 0; i < 5; i++) {
      await sendAndLeave(server.s3Url, halfOfIt());
    }
    await eventually(async () => (await storedBy(server)).staged.length === 0);
    expect(await storedBy(server)).toEqual(before);
    await expectAlive(server);
  });

  test('10: that stops in the middle of a chunk is told so, and leaves nothing behind', async () => {
    const { status, code } = await withstand(server, () => exchangeBytes(server.s3Url, halfOfIt()));
    expect([status, code]).toEqual([400, 'RequestTimeout']);
  });
});
