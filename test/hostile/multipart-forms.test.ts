import { formBytes, type Part, type RawAnswer, type RawOptions, sendForm, singleUpload } from '../http/multipart.js';
import type { TestServer } from '../support/server.js';
import { exchangeBytes, requestBytes } from './raw-socket.js';
import { expectQuick } from './response-time.js';
import { keysOf, openBesiegedServer, withstand } from './siege.js';

const input = { bucket: 'bucket', key: 'k' };
const parts = singleUpload(input, 'content');
let server: TestServer;

beforeAll(async () => {
  server = await openBesiegedServer();
  await server.login();
});

afterAll(async () => {
  expect(server.problems).toEqual([]);
  await server.stop();
});

/** Sends a form that must be refused as a whole. */
async function expectBadForm(form: Part[], options: RawOptions = {}): Promise<void> {
  const answer = await withstand(server, () => sendForm(server, form, options));
  expect(answer).toEqual({
    status: 400,
    errors: [{ message: expect.any(String), extensions: { code: 'BAD_REQUEST' } }],
  });
}

/** What an upload is answered with whose form ends or breaks after its file has begun. */
function incompleteUpload(answer: RawAnswer): void {
  expect(answer.data).toEqual({
    uploadObject: {
      object: null,
      deduplicated: null,
      userErrors: [expect.objectContaining({ code: 'INCOMPLETE_BODY' })],
    },
  });
}

function bytesOf(text: string): RawOptions {
  return { body: Buffer.from(text, 'latin1'), boundary: 'b' };
}

describe('42: names with a meaning to JavaScript', () => {
  const prototype = JSON.stringify(Object.getOwnPropertyNames(Object.prototype));

  afterEach(() => {
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(JSON.stringify(Object.getOwnPropertyNames(Object.prototype))).toBe(prototype);
    expect(`${Object.prototype.toString}${Object.prototype.hasOwnProperty}${Function.prototype.call}`).not.toContain(
      '=>',
    );
    expect(Object.prototype.toString.call([])).toBe('[object Array]');
  });

  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    '42: a header %s in the place of a part’s name is refused',
    async (name) => {
      const form = formBytes(parts, 'b').toString().replaceAll('Content-Disposition', name);
      await expectBadForm([], bytesOf(form));
      const first = formBytes(parts, 'b').toString().replace('Content-Disposition', name);
      await expectBadForm([], bytesOf(first));
    },
  );

  test('42: a header __proto__ beside it, again and again, is refused', async () => {
    const lines = '__proto__: x\r\n__proto__: y\r\nconstructor: z\r\n';
    const form = formBytes(parts, 'b').toString().replaceAll('Content-Disposition', `${lines}Content-Disposition`);
    await expectBadForm([], bytesOf(form));
  });

  test.each(['__proto__', 'constructor', 'prototype', 'toString'])('42: a field called %s is refused', async (name) => {
    await expectBadForm([{ name, content: '{"polluted":1}' }, ...parts]);
    const between = [...parts.slice(0, 2), { name, content: 'x' }, ...parts.slice(2)];
    incompleteUpload(await withstand(server, () => sendForm(server, between)));
  });

  test.each([
    '__proto__.polluted',
    '__proto__.toString',
    'constructor.prototype.polluted',
    'variables.__proto__.polluted',
    'variables.__proto__.toString',
    'variables.constructor.prototype.toString',
    'variables.input.__proto__.hasOwnProperty',
    'variables.input.toString',
    'variables.toString.call',
    'variables.hasOwnProperty',
    'toString',
  ])('42: a map path %s is refused', async (path) => {
    await expectBadForm(
      parts.map((part) => (part.name === 'map' ? { ...part, content: JSON.stringify({ 0: [path] }) } : part)),
    );
  });

  test('42: a map path through a property that the variables themselves call __proto__ is refused', async () => {
    const operations = `{"query":"{__typename}","variables":{"__proto__":{"polluted":null}}}`;
    const form = [
      { name: 'operations', content: operations },
      { name: 'map', content: '{"0":["variables.__proto__.polluted"]}' },
      ...parts.slice(2),
    ];
    await expectBadForm(form);
  });

  test('42: a file called __proto__ in the map is refused', async () => {
    const renamed = parts.map((part) =>
      part.name === 'map'
        ? { ...part, content: '{"__proto__":["variables.input.file"]}' }
        : { ...part, name: part.name === '0' ? '__proto__' : part.name },
    );
    await expectBadForm(renamed);
  });
});

test('43: a boundary of 252 hyphens is refused within 50 ms', async () => {
  const boundary = '-'.repeat(252);
  const body = Buffer.from('-'.repeat(1_000_000));
  await expectBadForm([], { boundary, body });
  const attack = async () => {
    expect((await sendForm(server, [], { boundary, body })).status).toBe(400);
  };
  const fine = formBytes(singleUpload({ bucket: 'bucket', key: 'ordinary' }, Buffer.alloc(1_000_000)), 'b');
  const ordinary = async () => {
    expect((await sendForm(server, [], { boundary: 'b', body: fine })).status).toBe(200);
  };
  await expectQuick({ attack, ordinary, by: 'processor time' });
});

test.each(['', ' ', '-'.repeat(71), 'a\u0000b', 'ö', '"'])('43: a boundary like %j is refused', async (boundary) => {
  const token = await server.login();
  const bytes = requestBytes(
    'POST /graphql',
    [
      ['Host', 'granary'],
      ['Authorization', `Bearer ${token}`],
      ['Apollo-Require-Preflight', 'true'],
      ['Content-Type', `multipart/form-data; boundary=${boundary}`],
      ['Content-Length', '7'],
    ],
    'hostile',
  );
  expect((await withstand(server, () => exchangeBytes(server.httpUrl, bytes))).status).toBe(400);
});

describe('44: broken part headers', () => {
  const begun = formBytes(parts.slice(0, 2), 'b').toString().slice(0, -7);
  const file = '\r\n--b\r\nContent-Disposition: form-data; name="0"; filename="x"\r\n\r\n';

  const broken = [
    '--b\r\nContent-Disposition: form-data; name="operations"\r\nBad Header\r\n\r\nx\r\n--b--\r\n',
    `--b\r\nX: ${'y'.repeat(100_000)}\r\n\r\nx\r\n--b\r\nZ\r\n\r\n--b\r\n`,
    '--b\r\n\x00\x01\x02\r\n--b\r\n\x00\r\n--b',
    '--b\r\nContent-Disposition: form-data; name="operations"',
    `--b\r\n${'A: b\r\n'.repeat(5000)}\r\nx\r\n--b--\r\n`,
    `--b\r\n: no name\r\n\r\n--b\r\n: no name\r\n\r\n--b--\r\n`,
    `--b\r\nContent-Disposition: form-data; name="${'n'.repeat(20_000)}"\r\n\r\nx\r\n--b--\r\n`,
    '--b--\r\n',
    '',
    '--b',
    `${'--b\r\n'.repeat(20_000)}`,
  ];

  test('44: are refused each time, however often they are sent', async () => {
    for (let round = 0; round < 10; round++) {
      const answers = await withstand(server, () =>
        Promise.all(broken.map((text) => sendForm(server, [], bytesOf(text)))),
      );
      for (const answer of answers) {
        expect([answer.status, answer.errors?.[0]?.extensions?.code]).toEqual([400, 'BAD_REQUEST']);
      }
    }
  }, 60_000);

  test('44: where a file should begin, or behind one, they are an incomplete upload', async () => {
    const tails = [
      '--b\r\nbroken\r\n\r\n--b\r\nbroken again\r\n\r\n',
      `${file.trimStart()}${'x'.repeat(100_000)}\r\n--b\r\nbroken\r\n\r\n--b\r\nbroken\r\n\r\n`,
      `${file.trimStart()}${'x'.repeat(100_000)}\r\n--b\r\n\x00\r\n--b\r\n\x00`,
      `${file.trimStart()}${'x'.repeat(100_000)}`,
    ];
    for (let round = 0; round < 10; round++) {
      for (const tail of tails) {
        incompleteUpload(await withstand(server, () => sendForm(server, [], bytesOf(`${begun}${tail}`))));
      }
    }
    expect(await keysOf(server)).not.toContain('k');
  }, 60_000);
});

describe('46: a form that a browser could be tricked into sending', () => {
  test.each([
    ['no preflight header', {}],
    ['an empty one', { 'apollo-require-preflight': '' }],
    ['another one', { 'x-requested-with': 'XMLHttpRequest' }],
  ])('46: is refused with %s', async (_, headers) => {
    await expectBadForm(parts, { headers });
    await expectBadForm(singleUpload(input, Buffer.alloc(500_000)), { headers });
  });

  test('46: is refused under other multipart types too', async () => {
    for (const type of [
      'Multipart/Form-Data; boundary=b',
      'multipart/mixed; boundary=b',
      'multipart/related; boundary=b',
    ]) {
      const { status } = await withstand(server, () =>
        sendForm(server, parts, { boundary: 'b', headers: { 'content-type': type } }),
      );
      expect(status).toBe(400);
    }
  });

  test('46: is refused as text/plain or as a URL-encoded form', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded']) {
      const { status } = await withstand(server, async () => {
        const body = JSON.stringify({
          query: 'mutation { createBucket(input: { name: "csrf" }) { bucket { name } } }',
        });
        const headers = { 'content-type': type, authorization: `Bearer ${await server.login()}` };
        return fetch(`${server.httpUrl}/graphql`, { method: 'POST', headers, body });
      });
      expect([400, 415]).toContain(status);
    }
  });
});
