import { createHash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { CreateBucketCommand, GetObjectCommand, ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { startTestServer, type TestServer } from '../support/server.js';

/*
 * What https://tus.io/protocols/resumable-upload (1.0.0) demands of a server, section by section, where the tests with
 * a client in test/http/tus.test.ts do not show it.
 */

let server: TestServer;
let authorization: string;
const largest = 1_000_000;

beforeAll(async () => {
  server = await startTestServer({ maxUploadSize: largest, idleTimeoutMs: 2000 });
  authorization = `Bearer ${await server.login()}`;
  await server.s3.send(new CreateBucketCommand({ Bucket: 'files' }));
});

afterAll(async () => {
  expect(server.problems).toEqual([]);
  await server.stop();
});

const bytesType = 'application/offset+octet-stream';
const base64 = (text: string) => Buffer.from(text).toString('base64');
const named = (key: string) => ({ 'upload-metadata': `bucket ${base64('files')},key ${base64(key)}` });

interface Sent {
  headers?: Record<string, string>;
  body?: Buffer | string;
}

/** Sends a request with the version of the protocol, and checks that the answer has it too. */
async function ask(method: string, address: string, { headers = {}, body }: Sent = {}): Promise<Response> {
  const url = address.startsWith('http') ? address : `${server.httpUrl}${address}`;
  const all = { authorization, 'tus-resumable': '1.0.0', ...headers };
  const answer = await fetch(url, { method, headers: all, ...(body === undefined ? {} : { body }) });
  expect(answer.headers.get('tus-resumable')).toBe('1.0.0');
  expect(answer.headers.get('cache-control')).toBe('no-store');
  return answer;
}

async function statusOf(method: string, address: string, sent: Sent = {}): Promise<number> {
  return (await ask(method, address, sent)).status;
}

function creation(key: string, length: number, headers: Record<string, string> = {}): Record<string, string> {
  return { ...named(key), 'upload-length': String(length), ...headers };
}

async function create(key: string, length: number, headers: Record<string, string> = {}): Promise<string> {
  const answer = await ask('POST', '/files', { headers: creation(key, length, headers) });
  expect(answer.status).toBe(201);
  return answer.headers.get('location') ?? '';
}

function patching(offset: number | string, body: string | Buffer, headers: Record<string, string> = {}): Sent {
  return { headers: { 'content-type': bytesType, 'upload-offset': String(offset), ...headers }, body };
}

const patch = (url: string, offset: number | string, body: string | Buffer, headers: Record<string, string> = {}) =>
  ask('PATCH', url, patching(offset, body, headers));

async function offsetOf(url: string): Promise<string | null> {
  return (await ask('HEAD', url)).headers.get('upload-offset');
}

async function textOf(key: string): Promise<string | undefined> {
  try {
    const { Body } = await server.s3.send(new GetObjectCommand({ Bucket: 'files', Key: key }));
    return await Body?.transformToString();
  } catch (error) {
    expect(error).toHaveProperty('name', 'NoSuchKey');
    return undefined;
  }
}

describe('the version of the protocol', () => {
  test.each(['', '0.2.2', '1.0', '2.0.0'])(
    '"%s" is 412 with those that there are, whatever is asked',
    async (version) => {
      const url = await create('version', 3);
      const { 'tus-resumable': _, ...headers } = { 'tus-resumable': '', authorization };
      const sent = version === '' ? headers : { ...headers, 'tus-resumable': version };
      for (const [method, address, more] of [
        ['POST', `${server.httpUrl}/files`, creation('version', 3)],
        ['HEAD', url, {}],
        ['PATCH', url, { 'content-type': bytesType, 'upload-offset': '0' }],
        ['DELETE', url, {}],
      ] as const) {
        const body = method === 'PATCH' ? { body: 'abc' } : {};
        const answer = await fetch(address, { method, headers: { ...sent, ...more }, ...body });
        expect([method, answer.status, answer.headers.get('tus-version')]).toEqual([method, 412, '1.0.0']);
      }
      expect(await offsetOf(url)).toBe('0');
    },
  );

  test('OPTIONS ignores it, at the address of an upload too', async () => {
    const url = await create('options', 3);
    for (const address of [`${server.httpUrl}/files`, url]) {
      const { status, headers } = await fetch(address, { method: 'OPTIONS', headers: { 'tus-resumable': '9' } });
      expect([status, headers.get('tus-version'), headers.get('tus-max-size')]).toEqual([
        204,
        '1.0.0',
        String(largest),
      ]);
    }
  });
});

describe('creation', () => {
  test('answers 201 with the address, where nothing has come yet', async () => {
    const { status, headers } = await ask('POST', '/files', { headers: creation('created', 3) });
    expect(status).toBe(201);
    const url = headers.get('location') ?? '';
    expect(url).toMatch(new RegExp(`^${server.httpUrl}/files/[\\w-]+$`));
    expect(Date.parse(headers.get('upload-expires') ?? '')).toBeGreaterThan(Date.now());
    expect(await offsetOf(url)).toBe('0');
    expect(await textOf('created')).toBeUndefined();
  });

  test.each([
    ['none', undefined, 400],
    ['a negative one', '-1', 400],
    ['no number', 'five', 400],
    ['a fraction', '1.5', 400],
    ['hexadecimal', '0x5', 400],
    ['nothing in it', '', 400],
    ['one byte too much', String(largest + 1), 413],
    ['more than a number holds', '9'.repeat(30), 400],
    ['the most that there may be', String(largest), 201],
  ])('with the Upload-Length %s', async (_name, length, status) => {
    const headers = { ...named('length'), ...(length === undefined ? {} : { 'upload-length': length }) };
    expect(await statusOf('POST', '/files', { headers })).toBe(status);
  });

  test.each(['1', '0', 'true'])('Upload-Defer-Length: %s, which OPTIONS does not offer, is refused', async (value) => {
    const deferred = { ...named('deferred'), 'upload-defer-length': value };
    expect(await statusOf('POST', '/files', { headers: deferred })).toBe(400);
    expect(await statusOf('POST', '/files', { headers: { ...deferred, 'upload-length': '5' } })).toBe(400);
    const { headers } = await fetch(`${server.httpUrl}/files`, { method: 'OPTIONS' });
    expect(headers.get('tus-extension')).not.toContain('defer');
  });

  test.each([
    ['a value that is no base64', 'note !!!'],
    ['a value with something behind its padding', 'note YQ==YQ'],
    ['two values', 'note YQ== Yg=='],
    ['no name', ' YQ=='],
    ['a name twice', 'note YQ==,note Yg=='],
    ['an empty pair', ',,'],
  ])('metadata with %s is refused', async (_name, more) => {
    const headers = creation('metadata', 3);
    const sent = { ...headers, 'upload-metadata': `${headers['upload-metadata']},${more}` };
    expect(await statusOf('POST', '/files', { headers: sent })).toBe(400);
  });

  test('metadata of more than 16 KiB is more than the head of a request may have', async () => {
    const headers = creation('metadata', 3);
    const long = `${headers['upload-metadata']},note ${'YWFh'.repeat(5000)}`;
    const { status } = await fetch(`${server.httpUrl}/files`, {
      method: 'POST',
      headers: { ...headers, authorization, 'tus-resumable': '1.0.0', 'upload-metadata': long },
    });
    expect(status).toBe(431);
  });

  test('metadata may have names without values, spaces behind commas, and any Unicode', async () => {
    const metadata = `bucket ${base64('files')}, key ${base64('größe ☃')},is_confidential,empty `;
    const url = await create('', 3, { 'upload-metadata': metadata });
    expect((await ask('HEAD', url)).headers.get('upload-metadata')).toBe(metadata.trim());
    expect((await patch(url, 0, 'abc')).status).toBe(204);
    expect(await textOf('größe ☃')).toBe('abc');
  });
});

describe('creation with upload', () => {
  test('takes what comes with it, all or a part', async () => {
    const send = (key: string, body: string) =>
      ask('POST', '/files', { headers: creation(key, 6, { 'content-type': bytesType }), body });
    const whole = await send('with/all', 'abcdef');
    expect([whole.status, whole.headers.get('upload-offset')]).toEqual([201, '6']);
    expect(await textOf('with/all')).toBe('abcdef');
    const part = await send('with/some', 'abc');
    expect([part.status, part.headers.get('upload-offset')]).toEqual([201, '3']);
    const url = part.headers.get('location') ?? '';
    expect(await offsetOf(url)).toBe('3');
    expect((await patch(url, 3, 'def')).headers.get('upload-offset')).toBe('6');
    expect(await textOf('with/some')).toBe('abcdef');
  });

  test('more than was announced, another type, or a wrong checksum stores nothing', async () => {
    const more = creation('with/more', 3, { 'content-type': bytesType });
    expect(await statusOf('POST', '/files', { headers: more, body: 'abcd' })).toBe(413);
    const typed = creation('with/more', 3, { 'content-type': 'text/plain' });
    expect(await statusOf('POST', '/files', { headers: typed, body: 'abc' })).toBe(415);
    const sum = `sha1 ${createHash('sha1').update('other').digest('base64')}`;
    const wrong = creation('with/more', 3, { 'content-type': bytesType, 'upload-checksum': sum });
    expect(await statusOf('POST', '/files', { headers: wrong, body: 'abc' })).toBe(460);
    expect(await textOf('with/more')).toBeUndefined();
  });
});

describe('HEAD', () => {
  test('of what is not there is 404, and tells no offset', async () => {
    for (const id of ['7b6e9a52-0a3c-4a3e-9c55-6c2f8ad0e001', 'nothing', '%00', '..%2f..%2fhealth']) {
      const answer = await ask('HEAD', `/files/${id}`);
      expect([id, answer.status, answer.headers.get('upload-offset')]).toEqual([id, 404, null]);
    }
  });

  test('of a whole upload tells that it is whole', async () => {
    const url = await create('told', 3);
    await patch(url, 0, 'abc');
    const { status, headers } = await ask('HEAD', url);
    expect([status, headers.get('upload-offset'), headers.get('upload-length')]).toEqual([200, '3', '3']);
  });
});

describe('PATCH', () => {
  test('of what is not there is 404', async () => {
    const { status } = await patch(`${server.httpUrl}/files/7b6e9a52-0a3c-4a3e-9c55-6c2f8ad0e001`, 0, 'abc');
    expect(status).toBe(404);
  });

  test.each([
    ['behind the end of what came', '2', {}, 409],
    ['before it', '0', {}, 409],
    ['that is none', 'x', {}, 400],
    ['below nothing', '-1', {}, 400],
    ['and the type of JSON', '1', { 'content-type': 'application/json' }, 415],
    ['and the type of any bytes', '1', { 'content-type': 'application/octet-stream' }, 415],
    ['and more bytes than are left', '1', {}, 413],
  ])('with an offset %s changes nothing', async (_name, offset, headers, status) => {
    const url = await create('strict', 4);
    await patch(url, 0, 'a');
    const body = status === 413 ? 'bcdef' : 'bc';
    expect((await patch(url, offset, body, headers)).status).toBe(status);
    expect(await offsetOf(url)).toBe('1');
    expect((await patch(url, 1, 'bcd')).status).toBe(204);
    expect(await textOf('strict')).toBe('abcd');
  });

  test('without an offset is 400, and without bytes changes nothing', async () => {
    const url = await create('offset', 3);
    expect(await statusOf('PATCH', url, { headers: { 'content-type': bytesType }, body: 'abc' })).toBe(400);
    const nothing = await patch(url, 0, '');
    expect([nothing.status, nothing.headers.get('upload-offset')]).toEqual([204, '0']);
    expect(nothing.headers.get('upload-expires')).not.toBeNull();
  });

  test('of a whole upload takes nothing more', async () => {
    const url = await create('whole', 3);
    await patch(url, 0, 'abc');
    expect((await patch(url, 0, 'xyz')).status).toBe(409);
    expect((await patch(url, 3, 'd')).status).toBe(413);
    expect(await textOf('whole')).toBe('abc');
  });
});

describe('checksum', () => {
  const sumOf = (text: string) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(crc32(text));
    return `crc32 ${bytes.toString('base64')}`;
  };

  test('by CRC-32 is 460 when it is wrong, and the right bytes are taken behind it', async () => {
    const url = await create('crc32', 6);
    expect((await patch(url, 0, 'abc', { 'upload-checksum': sumOf('abc') })).status).toBe(204);
    expect((await patch(url, 3, 'xyz', { 'upload-checksum': sumOf('def') })).status).toBe(460);
    expect(await offsetOf(url)).toBe('3');
    expect((await patch(url, 3, 'def', { 'upload-checksum': sumOf('def') })).status).toBe(204);
    expect(await textOf('crc32')).toBe('abcdef');
  });

  test.each([
    ['another algorithm', 'sha512 YWJj'],
    ['one in capitals', `SHA1 ${createHash('sha1').update('abc').digest('base64')}`],
    ['no digest', 'sha1'],
    ['a digest of another length', 'sha1 YWJj'],
    ['a digest that is no base64', 'sha1 !!!!'],
    ['two digests', `${sumOf('abc')} ${sumOf('abc')}`],
    ['nothing in it', ' '],
  ])('with %s is 400 and changes nothing', async (_name, sum) => {
    const url = await create('sum', 3);
    expect((await patch(url, 0, 'abc', { 'upload-checksum': sum })).status).toBe(400);
    expect(await offsetOf(url)).toBe('0');
  });
});

describe('termination', () => {
  test('answers 204 without a body, and then there is nothing to ask, to continue or to end', async () => {
    const url = await create('ended', 6);
    await patch(url, 0, 'abc');
    const answer = await ask('DELETE', url);
    expect([answer.status, await answer.text()]).toEqual([204, '']);
    expect(await statusOf('HEAD', url)).toBe(404);
    expect((await patch(url, 3, 'def')).status).toBe(404);
    expect(await statusOf('DELETE', url)).toBe(404);
    expect(await textOf('ended')).toBeUndefined();
  });

  test('of a whole upload leaves the object', async () => {
    const url = await create('kept', 3);
    await patch(url, 0, 'abc');
    expect(await statusOf('DELETE', url)).toBe(404);
    expect(await textOf('kept')).toBe('abc');
  });
});

describe('concatenation', () => {
  const partial = { 'upload-concat': 'partial' };
  const pathOf = (url: string) => new URL(url).pathname;

  async function part(content: string): Promise<string> {
    const url = await create('joined', content.length, partial);
    expect((await patch(url, 0, content)).status).toBe(204);
    return url;
  }

  function join(urls: string[], headers: Record<string, string> = {}): Promise<Response> {
    return ask('POST', '/files', {
      headers: { ...named('joined'), 'upload-concat': `final;${urls.join(' ')}`, ...headers },
    });
  }

  test('joins by absolute and by relative addresses, in the order of the list', async () => {
    const [a, b, c] = [await part('abc'), await part('de'), await part(randomBytes(50_000).toString('hex'))];
    expect(await textOf('joined')).toBeUndefined();
    const answer = await join([b, pathOf(a), c]);
    expect(answer.status).toBe(201);
    expect((await textOf('joined'))?.slice(0, 5)).toBe('deabc');
    const url = answer.headers.get('location') ?? '';
    const { headers } = await ask('HEAD', url);
    expect([headers.get('upload-length'), headers.get('upload-offset')]).toEqual(['100005', '100005']);
    expect(headers.get('upload-concat')).toBe(`final;${b} ${pathOf(a)} ${c}`);
    expect((await patch(url, 100_005, 'x')).status).toBe(403);
  });

  test('waits for no unfinished part, and knows none that is not there or not partial', async () => {
    const done = await part('abc');
    const open = await create('joined', 3, partial);
    expect((await join([done, open])).status).toBe(409);
    expect((await join([done, `${server.httpUrl}/files/7b6e9a52-0a3c-4a3e-9c55-6c2f8ad0e001`])).status).toBe(404);
    expect((await join([done, '/files/nothing'])).status).toBe(404);
    expect((await join([done, await create('joined', 3)])).status).toBe(400);
    const gone = await part('def');
    await ask('DELETE', gone);
    expect((await join([done, gone])).status).toBe(404);
    expect((await join([done])).status).toBe(201);
    expect(await textOf('joined')).toBe('abc');
  });

  test('what is refused leaves the parts for another try, and nothing beside them', async () => {
    await server.s3.send(new CreateBucketCommand({ Bucket: 'elsewhere' }));
    const parts = [await part('abc'), await part('def')];
    await patch(await create('taken', 2), 0, 'no');
    const open = async () => {
      const { Uploads = [] } = await server.s3.send(new ListMultipartUploadsCommand({ Bucket: 'files' }));
      return Uploads.filter(({ Key }) => Key === 'taken' || Key === 'digested');
    };
    const refused = await join(parts, { ...named('taken'), 'if-none-match': '*' });
    expect([refused.status, refused.headers.get('location')]).toEqual([412, null]);
    const elsewhere = { 'upload-metadata': `bucket ${base64('elsewhere')},key ${base64('joined')}` };
    expect((await join(parts, elsewhere)).status).toBe(400);
    expect((await server.s3.send(new ListMultipartUploadsCommand({ Bucket: 'elsewhere' }))).Uploads).toBeUndefined();
    const digested = (content: string) => ({
      'upload-metadata': `${named('digested')['upload-metadata']},sha256 ${base64(createHash('sha256').update(content).digest('hex'))}`,
    });
    const { store } = server.granary;
    const digestStored = store.digest.bind(store);
    let readings = 0;
    store.digest = (bytes) => {
      readings += 1;
      return digestStored(bytes);
    };
    expect((await join(parts, digested('other'))).status).toBe(460);
    expect([await open(), await offsetOf(parts[0] ?? '')]).toEqual([[], '3']);
    expect((await join(parts, digested('abcdef'))).status).toBe(201);
    // The other try has not read the parts again.
    expect(readings).toBe(1);
    store.digest = digestStored;
    expect([await textOf('digested'), await textOf('taken')]).toEqual(['abcdef', 'no']);
  });

  test.each(['', 'final', 'final;', 'final; ', 'Partial', 'partial;/files/x', 'other'])(
    'Upload-Concat: "%s" is refused',
    async (concat) => {
      expect(await statusOf('POST', '/files', { headers: creation('odd', 3, { 'upload-concat': concat }) })).toBe(400);
    },
  );

  test('HEAD tells that an upload is partial, and it is no object when it is whole', async () => {
    const url = await create('never', 3, partial);
    expect((await ask('HEAD', url)).headers.get('upload-concat')).toBe('partial');
    await patch(url, 0, 'abc');
    expect((await ask('HEAD', url)).headers.get('upload-offset')).toBe('3');
    expect(await textOf('never')).toBeUndefined();
    expect(await statusOf('DELETE', url)).toBe(204);
  });
});

describe('X-HTTP-Method-Override', () => {
  const as = (method: string, headers: Record<string, string> = {}) => ({
    'x-http-method-override': method,
    ...headers,
  });

  test('makes HEAD, PATCH and DELETE of a POST', async () => {
    const url = await create('override', 6);
    const sent = patching(0, 'abc', as('PATCH'));
    expect((await ask('POST', url, sent)).headers.get('upload-offset')).toBe('3');
    const head = await ask('POST', url, { headers: as('HEAD') });
    expect([head.status, head.headers.get('upload-offset')]).toEqual([200, '3']);
    expect(await statusOf('POST', url, { headers: as('DELETE') })).toBe(204);
    expect(await statusOf('HEAD', url)).toBe(404);
  });

  test('makes nothing else of it', async () => {
    const url = await create('override', 3);
    for (const method of ['GET', 'PUT', 'CONNECT', 'patch', '']) {
      expect(await statusOf('POST', url, { headers: as(method) })).toBe(501);
    }
    expect(await statusOf('POST', url)).toBe(501);
    expect(await offsetOf(url)).toBe('0');
  });
});
