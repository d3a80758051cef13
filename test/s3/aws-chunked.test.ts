import { createHash, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { type ChunkedBody, decodeAwsChunked } from '../../src/s3/protocol/aws-chunked.js';
import { ChunkSigner } from '../../src/s3/protocol/chunk-signer.js';
import { signingKey } from '../../src/s3/protocol/signing-key.js';
import { codeOfPromise } from './code-of.js';

const scope = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', date: '20130524', region: 'us-east-1', service: 's3' } as const;
const key = signingKey(scope, 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY');

function signer(seed: string): ChunkSigner {
  return new ChunkSigner({ key, seed, timestamp: '20130524T000000Z', scope: '20130524/us-east-1/s3/aws4_request' });
}

async function* pieces(bytes: Buffer, cuts: number[]): AsyncGenerator<Buffer> {
  let from = 0;
  for (const cut of [...cuts.map((c) => c % (bytes.length + 1)), bytes.length].sort((a, b) => a - b)) {
    if (cut > from) {
      yield bytes.subarray(from, cut);
      from = cut;
    }
  }
}

async function decode(bytes: Buffer | string, body: ChunkedBody, cuts: number[] = []): Promise<Buffer> {
  const decoded: Buffer[] = [];
  for await (const piece of decodeAwsChunked(pieces(Buffer.from(bytes), cuts), body)) {
    decoded.push(piece);
  }
  return Buffer.concat(decoded);
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
const seed = '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9';
const published = signedBody([
  [65_536, 'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648'],
  [1024, '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497'],
  [0, 'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9'],
]);

// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
const trailerSeed = '106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e';
const publishedTrailer = signedBody(
  [
    [65_536, 'b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2'],
    [1024, '1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7'],
    [0, '2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992'],
  ],
  'x-amz-checksum-crc32c:sOO8/Q==\n' +
    'x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n',
);

function signedBody(chunks: [number, string][], trailer = ''): Buffer {
  const text = chunks.map(
    ([size, signature]) =>
      `${size.toString(16)};chunk-signature=${signature}\r\n${'a'.repeat(size)}${size > 0 ? '\r\n' : ''}`,
  );
  return Buffer.from(`${text.join('')}${trailer}\r\n`);
}

describe("AWS's published examples", () => {
  test('signed chunks', async () => {
    expect(await decode(published, { decodedLength: 66_560, signer: signer(seed) })).toEqual(Buffer.alloc(66_560, 'a'));
  });

  test('signed chunks with a signed trailer', async () => {
    let fields: ReadonlyMap<string, string> | undefined;
    const body = {
      decodedLength: 66_560,
      signer: signer(trailerSeed),
      onTrailer: (found: typeof fields) => (fields = found),
    };
    expect(await decode(publishedTrailer, body)).toEqual(Buffer.alloc(66_560, 'a'));
    expect([...(fields ?? [])]).toEqual([['x-amz-checksum-crc32c', 'sOO8/Q==']]);
  });

  test('a changed byte, a changed signature, a forged seed and a changed trailer are refused', async () => {
    const changed = Buffer.from(published);
    changed[70_000 - 5000] = 0x62;
    const resigned = Buffer.from(published.toString('latin1').replace('0055627c', '0055627d'));
    const trailer = Buffer.from(publishedTrailer.toString('latin1').replace('sOO8', 'sOO9'));
    const forged = { decodedLength: 66_560, signer: signer(trailerSeed) };
    expect(await codeOfPromise(decode(changed, { decodedLength: 66_560, signer: signer(seed) }))).toBe(
      'SignatureDoesNotMatch',
    );
    expect(await codeOfPromise(decode(resigned, { decodedLength: 66_560, signer: signer(seed) }))).toBe(
      'SignatureDoesNotMatch',
    );
    expect(await codeOfPromise(decode(published, forged))).toBe('SignatureDoesNotMatch');
    const body = { decodedLength: 66_560, signer: signer(trailerSeed), onTrailer: () => undefined };
    expect(await codeOfPromise(decode(trailer, body))).toBe('SignatureDoesNotMatch');
  });
});

test('any bytes in any chunks, cut anywhere on the way, come out as they went in', async () => {
  const chunk = fc.uint8Array({ minLength: 1, maxLength: 300 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(chunk, { maxLength: 6 }),
      fc.array(fc.nat(), { maxLength: 12 }),
      fc.boolean(),
      async (chunks, cuts, signed) => {
        const content = Buffer.concat(chunks);
        const encoded = encode(chunks, signed);
        let trailer: string | undefined;
        const body: ChunkedBody = {
          decodedLength: content.length,
          onTrailer: (fields) => (trailer = fields.get('x-amz-checksum-crc32')),
        };
        expect(await decode(encoded, signed ? { ...body, signer: signer(seed) } : body, cuts)).toEqual(content);
        expect(trailer).toBe('AAAAAA==');
      },
    ),
    { numRuns: 200 },
  );
});

test.each([
  ['a size that is no number', 'zz\r\nabc\r\n0\r\n\r\n', 'IncompleteBody'],
  ['a negative size', '-3\r\nabc\r\n0\r\n\r\n', 'IncompleteBody'],
  ['a size beyond the declared length', 'ffffffffff\r\nabc', 'IncompleteBody'],
  ['a chunk longer than its size', '2\r\nabc\r\n0\r\n\r\n', 'IncompleteBody'],
  ['a chunk shorter than its size', '4\r\nabc\r\n0\r\n\r\n', 'IncompleteBody'],
  ['a bare line feed', '3\nabc\r\n0\r\n\r\n', 'IncompleteBody'],
  ['a line without an end', 'a'.repeat(20_000), 'IncompleteBody'],
  ['an end in the middle of a chunk', '3\r\nab', 'IncompleteBody'],
  ['an end before the last chunk', '3\r\nabc\r\n', 'IncompleteBody'],
  ['fewer bytes than declared', '2\r\nab\r\n0\r\n\r\n', 'IncompleteBody'],
  ['bytes after the end', '3\r\nabc\r\n0\r\n\r\nx', 'IncompleteBody'],
  ['nothing', '', 'IncompleteBody'],
])('%s is refused', async (_, bytes, code) => {
  expect(await codeOfPromise(decode(bytes, { decodedLength: 3 }))).toBe(code);
});

test.each([
  ['a field without a colon', 'x-amz-checksum-crc32\r\n\r\n'],
  ['a field sent twice', 'a:1\r\na:2\r\n\r\n'],
])('a trailer with %s is refused', async (_, trailer) => {
  const body = { decodedLength: 3, onTrailer: () => undefined };
  expect(await codeOfPromise(decode(`3\r\nabc\r\n0\r\n${trailer}`, body))).toBe('MalformedTrailerError');
});

test('the source is let go of when the reader stops', async () => {
  let closed = false;
  async function* source() {
    try {
      yield Buffer.from('3\r\nabc\r\n');
      yield Buffer.from('3\r\nabc\r\n');
    } finally {
      closed = true;
    }
  }
  for await (const _ of decodeAwsChunked(source(), { decodedLength: 6 })) {
    break;
  }
  expect(closed).toBe(true);
});

function encode(chunks: Uint8Array[], signed: boolean): Buffer {
  const parts: Buffer[] = [];
  let previous = seed;
  for (const chunk of [...chunks, new Uint8Array()]) {
    let header = chunk.length.toString(16);
    if (signed) {
      previous = sign('PAYLOAD', previous, `${sha256('')}\n${sha256(chunk)}`);
      header += `;chunk-signature=${previous}`;
    }
    parts.push(Buffer.from(`${header}\r\n`), Buffer.from(chunk), Buffer.from(chunk.length > 0 ? '\r\n' : ''));
  }
  const field = 'x-amz-checksum-crc32:AAAAAA==';
  const signature = signed ? `x-amz-trailer-signature:${sign('TRAILER', previous, sha256(`${field}\n`))}\r\n` : '';
  return Buffer.concat([...parts, Buffer.from(`${field}\r\n${signature}\r\n`)]);
}

function sign(kind: string, previous: string, digests: string): string {
  const text = `AWS4-HMAC-SHA256-${kind}\n20130524T000000Z\n20130524/us-east-1/s3/aws4_request\n${previous}\n${digests}`;
  return createHmac('sha256', key).update(text).digest('hex');
}

function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}
