import { createHash } from 'node:crypto';
import { CreateBucketCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { startTestServer, type TestServer } from '../support/server.js';
import { type RawAnswer, type RawRequest, send, sendSigned, sign } from './raw-request.js';

/** `SEED=… npm test -- test/s3/request-properties.test.ts` repeats a run; a failure prints its own. */
const runs = { numRuns: 150, ...(process.env.SEED === undefined ? {} : { seed: Number(process.env.SEED) }) };

const Bucket = 'requests';
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  await server.s3.send(new CreateBucketCommand({ Bucket }));
});

afterAll(async () => {
  expect(server.problems).toEqual([]);
  await server.stop();
});

/** RFC 3986: everything but the unreserved. */
function encoded(text: string): string {
  return [...Buffer.from(text)]
    .map((byte) => String.fromCharCode(byte))
    .map((char) =>
      /[A-Za-z0-9._~-]/.test(char) ? char : `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
    )
    .join('');
}

const anyText = fc.string({
  unit: fc.constantFrom(
    'a',
    'Z',
    '0',
    '/',
    '%',
    '+',
    ' ',
    '&',
    '=',
    '?',
    '#',
    "'",
    '(',
    '*',
    '~',
    ':',
    ';',
    'ä',
    '€',
    '😀',
  ),
  minLength: 1,
  maxLength: 8,
});
const anySigned = fc.record({
  key: anyText,
  query: fc.uniqueArray(fc.tuple(fc.constantFrom('a', 'B', 'x y', 'ä', 'aa', 'a.b'), anyText), {
    selector: ([name]) => name,
    maxLength: 4,
  }),
  metadata: fc
    .string({ unit: fc.constantFrom('a', ' ', ' ', ',', ';', ':', '"'), maxLength: 8 })
    .map((text) => `x${text}x`),
});

function rawOf({ key, query, metadata }: { key: string; query: [string, string][]; metadata: string }): RawRequest {
  const path = `/${Bucket}/${encoded(key).replaceAll('%2F', '/')}`;
  const asked = query.map(([name, value]) => `${encoded(name)}=${encoded(value)}`).join('&');
  return { path: asked === '' ? path : `${path}?${asked}`, headers: { 'x-amz-meta-a': metadata } };
}

describe('signatures', () => {
  test('of any path, query and headers are good, and are not for a request that differs in a letter', async () => {
    await fc.assert(
      fc.asyncProperty(anySigned, fc.constantFrom('path', 'query', 'header'), async (signed, place) => {
        const raw = rawOf(signed);
        expect((await sendSigned(server, raw)).code).toBe('NoSuchKey');
        const { headers } = sign(server, raw);
        const changed = {
          path: { path: raw.path.replace(`/${Bucket}/`, `/${Bucket}/y`), headers },
          query: { path: raw.path.includes('?') ? `${raw.path}y` : `${raw.path}?y=y`, headers },
          header: { path: raw.path, headers: { ...headers, 'x-amz-meta-a': `y${headers['x-amz-meta-a']}` } },
        }[place];
        expect((await send(server, changed)).code).toBe('SignatureDoesNotMatch');
      }),
      runs,
    );
  });
});

describe('ranges', () => {
  const anyNumber = fc.oneof(fc.integer({ min: 0, max: 12 }), fc.constantFrom(99, 2 ** 31, 10 ** 14));
  const anyRange = fc.oneof(
    fc.tuple(anyNumber, anyNumber).map(([first, last]) => `bytes=${first}-${last}`),
    anyNumber.map((first) => `bytes=${first}-`),
    anyNumber.map((suffix) => `bytes=-${suffix}`),
    fc.constantFrom('bytes=-', 'bytes=a-b', 'items=0-1', 'bytes=0-1,3-4', 'bytes 0-1', 'bytes=0-1-2', ''),
  );

  /** RFC 9110 section 14.1.2; what is not one range of bytes is no range. */
  function reference(content: string, range: string): { status: number; body?: string } {
    const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? [];
    const isRange = first !== '' || last !== '';
    if (!isRange || (first !== '' && last !== '' && Number(last) < Number(first))) {
      return { status: 200, body: content };
    }
    const body =
      first === ''
        ? Number(last) === 0
          ? ''
          : content.slice(-Number(last))
        : content.slice(Number(first), last === '' ? undefined : Number(last) + 1);
    // The last bytes of nothing are all of it, and no Content-Range can say so.
    if (content === '' && first === '' && Number(last) > 0) {
      return { status: 200, body: content };
    }
    return body === '' ? { status: 416 } : { status: 206, body };
  }

  test('are cut out as the standard says, whatever the size of the object', async () => {
    const contents = ['', 'x', '0123456789'];
    for (const content of contents) {
      await server.s3.send(new PutObjectCommand({ Bucket, Key: `size-${content.length}`, Body: Buffer.from(content) }));
    }
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...contents), anyRange, async (content, range) => {
        const path = `/${Bucket}/size-${content.length}`;
        const answer = await sendSigned(server, { path, headers: { range } });
        const wanted = reference(content, range);
        expect(answer.status).toBe(wanted.status);
        expect(answer.body).toEqual(wanted.body ?? expect.stringContaining('InvalidRange'));
        const head = await sendSigned(server, { method: 'HEAD', path, headers: { range } });
        expect([head.status, head.headers['content-range']]).toEqual([answer.status, answer.headers['content-range']]);
      }),
      runs,
    );
  });
});

describe('conditions', () => {
  const etag = `"${createHash('md5').update('content').digest('hex')}"`;
  const anyTags = fc.option(fc.constantFrom('*', etag, etag.slice(1, -1), `W/${etag}`, '"other"', `"other", ${etag}`), {
    nil: undefined,
  });
  const anyDate = fc.option(fc.constantFrom(-3600, -1, 0, 1, 3600, 'no date'), { nil: undefined });
  const anyConditions = fc.record({
    'if-match': anyTags,
    'if-none-match': anyTags,
    'if-modified-since': anyDate,
    'if-unmodified-since': anyDate,
  });
  type Conditions = typeof anyConditions extends fc.Arbitrary<infer Value> ? Value : never;

  const fits = (tags: string) => tags === '*' || tags.includes(etag.slice(1, -1));

  /** RFC 9110 section 13.2.2, step by step; a date that is none is as good as no condition. */
  function reference(asked: Conditions): number {
    const { 'if-match': match, 'if-none-match': noneMatch } = asked;
    const [modified, unmodified] = [asked['if-modified-since'], asked['if-unmodified-since']];
    if (match !== undefined ? !fits(match) : typeof unmodified === 'number' && unmodified < 0) {
      return 412;
    }
    if (noneMatch !== undefined ? fits(noneMatch) : typeof modified === 'number' && modified >= 0) {
      return 304;
    }
    return 200;
  }

  test('of a read are weighed in the order of the standard', async () => {
    await server.s3.send(new PutObjectCommand({ Bucket, Key: 'read', Body: 'content' }));
    const { LastModified = new Date(0) } = await server.s3.send(new HeadObjectCommand({ Bucket, Key: 'read' }));
    const text = (value: string | number) =>
      typeof value === 'string' ? value : new Date(LastModified.getTime() + value * 1000).toUTCString();
    await fc.assert(
      fc.asyncProperty(anyConditions, fc.constantFrom('GET', 'HEAD'), async (asked, method) => {
        const given = Object.entries(asked).filter(([, value]) => value !== undefined);
        const headers = Object.fromEntries(given.map(([name, value]) => [name, text(value as string | number)]));
        const answer = await sendSigned(server, { method, path: `/${Bucket}/read`, headers });
        expect(answer.status).toBe(reference(asked));
      }),
      runs,
    );
  });

  const anyStep = fc.record({
    key: fc.constantFrom('w1', 'w2'),
    what: fc.constantFrom('put', 'put', 'put', 'delete'),
    body: fc.constantFrom('one', 'two'),
    condition: fc.option(fc.constantFrom('absent', 'present', 'one', 'two'), { nil: undefined }),
  });
  type Step = typeof anyStep extends fc.Arbitrary<infer Value> ? Value : never;

  const tagOf = (body: string) => `"${createHash('md5').update(body).digest('hex')}"`;

  function headersOf({ condition }: Step): Record<string, string> {
    switch (condition) {
      case undefined:
        return {};
      case 'absent':
        return { 'if-none-match': '*' };
      case 'present':
        return { 'if-match': '*' };
      default:
        return { 'if-match': tagOf(condition) };
    }
  }

  /** What a write or a delete comes to when the key holds this content, or nothing. */
  function outcome({ what, condition }: Step, held: string | undefined): number {
    const done = what === 'put' ? 200 : 204;
    if (condition === undefined) {
      return done;
    }
    if (condition === 'absent') {
      return held === undefined ? done : 412;
    }
    if (held === undefined) {
      return 404;
    }
    return condition === 'present' || condition === held ? done : 412;
  }

  test('of writes and deletes are those of a map from keys to contents', async () => {
    const held = new Map<string, string>();
    await fc.assert(
      fc.asyncProperty(anyStep, async (step) => {
        const isSaid = step.what === 'put' || step.condition !== 'absent';
        const checked = isSaid ? step : { ...step, condition: undefined };
        const wanted = outcome(checked, held.get(step.key));
        expect((await write(checked)).status).toBe(wanted);
        if (wanted < 300) {
          if (step.what === 'put') {
            held.set(step.key, step.body);
          } else {
            held.delete(step.key);
          }
        }
      }),
      // A step depends on those before it: shrinking would try it in another place.
      { ...runs, endOnFailure: true },
    );
  });

  function write(step: Step): Promise<RawAnswer> {
    const path = `/${Bucket}/${step.key}`;
    const headers = headersOf(step);
    return step.what === 'put'
      ? sendSigned(server, { method: 'PUT', path, headers, body: step.body })
      : sendSigned(server, { method: 'DELETE', path, headers });
  }
});
