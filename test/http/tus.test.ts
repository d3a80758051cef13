import { createHash, randomBytes } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { CreateBucketCommand, GetObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import { Upload, type UploadOptions } from 'tus-js-client';
import { expireUploads } from '../../src/operations/uploads/expire-uploads.js';
import { eventually } from '../support/process.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let authorization: string;

beforeAll(async () => {
  server = await startTestServer({ maxUploadSize: 500_000_000, idleTimeoutMs: 2000 });
  authorization = `Bearer ${await server.login()}`;
  await server.s3.send(new CreateBucketCommand({ Bucket: 'files' }));
});

afterAll(() => server?.stop());

const bytesType = 'application/offset+octet-stream';

function encoded(metadata: Record<string, string>): string {
  return Object.entries(metadata)
    .map(([name, value]) => `${name} ${Buffer.from(value).toString('base64')}`)
    .join(',');
}

async function ask(method: string, address: string, { headers = {}, body }: Sent = {}): Promise<Response> {
  const url = address.startsWith('http') ? address : `${server.httpUrl}${address}`;
  const all = { authorization, 'tus-resumable': '1.0.0', ...headers };
  return fetch(url, { method, headers: all, ...(body === undefined ? {} : { body }) });
}

interface Sent {
  headers?: Record<string, string>;
  body?: Buffer | string;
}

async function create(key: string, length: number, headers: Record<string, string> = {}): Promise<string> {
  const answer = await ask('POST', '/files', {
    headers: { 'upload-length': String(length), 'upload-metadata': encoded({ bucket: 'files', key }), ...headers },
  });
  expect(answer.status).toBe(201);
  return answer.headers.get('location') ?? '';
}

async function patch(url: string, offset: number, body: Buffer | string, headers: Record<string, string> = {}) {
  return ask('PATCH', url, {
    headers: { 'content-type': bytesType, 'upload-offset': String(offset), ...headers },
    body,
  });
}

async function offsetOf(url: string): Promise<number> {
  return Number((await ask('HEAD', url)).headers.get('upload-offset'));
}

async function contentOf(key: string): Promise<Buffer> {
  const { Body } = await server.s3.send(new GetObjectCommand({ Bucket: 'files', Key: key }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

async function upload(content: Buffer, options: Partial<UploadOptions>): Promise<Upload> {
  return new Promise((resolve, reject) => {
    const running = new Upload(content, {
      endpoint: `${server.httpUrl}/files`,
      headers: { authorization },
      retryDelays: [],
      onSuccess: () => resolve(running),
      onError: reject,
      ...options,
    });
    running.start();
  });
}

describe('tus-js-client', () => {
  test('uploads a file in one go, and it is an object with its type and metadata', async () => {
    const content = randomBytes(200_000);
    const metadata = { bucket: 'files', filename: 'größe.bin', filetype: 'application/x-thing', author: 'Ann' };
    await upload(content, { metadata });
    expect(await contentOf('größe.bin')).toEqual(content);
    const head = await server.s3.send(new HeadObjectCommand({ Bucket: 'files', Key: 'größe.bin' }));
    expect(head).toMatchObject({ ContentType: 'application/x-thing', Metadata: { author: 'Ann' } });
  });

  test('uploads in small chunks, the first with the creation', async () => {
    const content = randomBytes(10_000);
    await upload(content, {
      chunkSize: 3000,
      uploadDataDuringCreation: true,
      metadata: { bucket: 'files', key: 'chunks' },
    });
    expect(await contentOf('chunks')).toEqual(content);
  });

  test('uploads in parallel and has the parts put together', async () => {
    const content = randomBytes(300_001);
    const metadata = { bucket: 'files', key: 'parallel' };
    await upload(content, { parallelUploads: 3, metadata, metadataForPartialUploads: metadata });
    expect(await contentOf('parallel')).toEqual(content);
  });

  test('goes on where an aborted upload ended', async () => {
    const content = randomBytes(100_000);
    const metadata = { bucket: 'files', key: 'resumed' };
    const url = await new Promise<string>((resolve, reject) => {
      const first = new Upload(content, {
        ...{ endpoint: `${server.httpUrl}/files`, headers: { authorization }, chunkSize: 30_000, metadata },
        onChunkComplete: () => first.abort().then(() => resolve(first.url ?? ''), reject),
        onError: reject,
      });
      first.start();
    });
    expect(await offsetOf(url)).toBeGreaterThanOrEqual(30_000);
    await upload(content, { uploadUrl: url });
    expect(await contentOf('resumed')).toEqual(content);
  });

  test('terminates an upload', async () => {
    const url = await create('terminated', 10);
    await Upload.terminate(url, { headers: { authorization } });
    expect((await ask('HEAD', url)).status).toBe(404);
  });

  test('takes bucket and key from the address, and uploads an empty file', async () => {
    await upload(Buffer.alloc(0), { endpoint: `${server.httpUrl}/files?bucket=files&key=empty` });
    expect(await contentOf('empty')).toEqual(Buffer.alloc(0));
  });
});

test('OPTIONS says what the server can do, without signing in and without a version', async () => {
  const { status, headers } = await fetch(`${server.httpUrl}/files`, { method: 'OPTIONS' });
  expect(status).toBe(204);
  expect(headers.get('tus-version')).toBe('1.0.0');
  expect(headers.get('tus-extension')?.split(',').sort()).toEqual(
    ['checksum', 'concatenation', 'creation', 'creation-with-upload', 'expiration', 'termination'].sort(),
  );
  expect(headers.get('tus-max-size')).toBe('500000000');
  expect(headers.get('tus-checksum-algorithm')).toBe('sha1,md5,sha256,crc32');
});

test('another version of the protocol is refused with those that there are', async () => {
  const answer = await ask('POST', '/files', { headers: { 'tus-resumable': '0.2.2' } });
  expect(answer.status).toBe(412);
  expect(answer.headers.get('tus-version')).toBe('1.0.0');
});

test('HEAD tells offset, length, metadata and expiry, and may not be cached', async () => {
  const url = await create('told', 10, { 'upload-metadata': encoded({ bucket: 'files', key: 'told', a: 'b' }) });
  await patch(url, 0, '1234');
  const { status, headers } = await ask('HEAD', url);
  expect(status).toBe(200);
  expect(headers.get('upload-offset')).toBe('4');
  expect(headers.get('upload-length')).toBe('10');
  expect(headers.get('upload-metadata')).toBe(encoded({ bucket: 'files', key: 'told', a: 'b' }));
  expect(headers.get('cache-control')).toBe('no-store');
  expect(Date.parse(headers.get('upload-expires') ?? '')).toBeGreaterThan(Date.now());
});

test('a PATCH at another offset, of another type or of too many bytes changes nothing', async () => {
  const url = await create('strict', 5);
  expect((await patch(url, 3, '12')).status).toBe(409);
  expect((await patch(url, 0, '12', { 'content-type': 'application/json' })).status).toBe(415);
  expect((await patch(url, 0, '123456')).status).toBe(413);
  expect((await patch(url, 0, '12', { 'upload-offset': '-1' })).status).toBe(400);
  expect(await offsetOf(url)).toBe(0);
  const answer = await patch(url, 0, '12345');
  expect([answer.status, answer.headers.get('upload-offset')]).toEqual([204, '5']);
  expect((await contentOf('strict')).toString()).toBe('12345');
});

test('an upload by tus has no addresses of parts, for its bytes come in their order', async () => {
  const url = await create('no-parts', 10);
  const id = url.split('/').at(-1);
  const ask = `query($id: ID!, $partNumbers: [Int!]) { upload(id: $id) { partSize partUrls(partNumbers: $partNumbers) { url } } }`;
  for (const partNumbers of [null, [50]]) {
    const { data, errors } = await server.graphql(ask, { id, partNumbers });
    expect(errors).toBeUndefined();
    expect(data.upload).toEqual({ partSize: null, partUrls: [] });
  }
  expect((await patch(url, 0, '0123456789')).status).toBe(204);
});

test('of two PATCHes at one offset one counts', async () => {
  const url = await create('raced', 6);
  const answers = await Promise.all(['aaa', 'bbb', 'ccc'].map((body) => patch(url, 0, body)));
  expect(answers.map(({ status }) => status).sort()).toEqual([204, 409, 409]);
  expect(await offsetOf(url)).toBe(3);
});

test.each(['sha1', 'md5', 'sha256'])(
  'a PATCH with a wrong %s is refused whole, and with the right one kept',
  async (name) => {
    const url = await create(`checked-${name}`, 4);
    const checksum = (text: string) => ({
      'upload-checksum': `${name} ${createHash(name).update(text).digest('base64')}`,
    });
    expect((await patch(url, 0, 'abcd', checksum('other'))).status).toBe(460);
    expect(await offsetOf(url)).toBe(0);
    expect((await patch(url, 0, 'abcd', { 'upload-checksum': 'sha512 abcd' })).status).toBe(400);
    expect((await patch(url, 0, 'abcd', checksum('abcd'))).status).toBe(204);
  },
);

test('what came before a client broke off is kept', async () => {
  const url = await create('broken', 100_000);
  const { pathname, port } = new URL(url);
  const headers = { authorization, 'tus-resumable': '1.0.0', 'content-type': bytesType, 'upload-offset': '0' };
  const sending = httpRequest({
    port,
    path: pathname,
    method: 'PATCH',
    headers: { ...headers, 'content-length': 100_000 },
  });
  sending.on('error', () => undefined);
  sending.write(Buffer.alloc(40_000, 1), () => setTimeout(() => sending.destroy(), 100));
  await eventually(async () => (await offsetOf(url)) === 40_000);
  expect((await patch(url, 40_000, Buffer.alloc(60_000, 2))).status).toBe(204);
  expect((await contentOf('broken')).length).toBe(100_000);
});

test('a client that stands still is answered after the idle time, with what came', async () => {
  const url = await create('idle', 100);
  const { pathname, port } = new URL(url);
  const headers = { authorization, 'tus-resumable': '1.0.0', 'content-type': bytesType, 'upload-offset': '0' };
  const offset = await new Promise((resolve, reject) => {
    const sending = httpRequest({
      port,
      path: pathname,
      method: 'PATCH',
      headers: { ...headers, 'content-length': 100 },
    });
    sending.on('error', reject);
    sending.on('response', (response) => {
      resolve(response.headers['upload-offset']);
      sending.destroy();
    });
    sending.write('1234567');
  });
  expect(offset).toBe('7');
});

test('an upload whose last byte came before the server went down becomes an object when it is asked for', async () => {
  const url = await create('crashed', 4);
  const id = url.split('/').at(-1);
  await server.granary.database.pool.query('UPDATE upload SET size = 8 WHERE id = $1::uuid', [id]);
  await patch(url, 0, 'abcd');
  await server.granary.database.pool.query('UPDATE upload SET size = 4 WHERE id = $1::uuid', [id]);
  expect(await offsetOf(url)).toBe(4);
  expect((await contentOf('crashed')).toString()).toBe('abcd');
});

test('only whole partial uploads are put together, and each once', async () => {
  const partial = { 'upload-concat': 'partial' };
  const [a, b] = [await create('whole', 3, partial), await create('whole', 3, partial)];
  await patch(a, 0, 'abc');
  const join = async (...urls: string[]) =>
    ask('POST', '/files', {
      headers: {
        'upload-concat': `final;${urls.map((url) => new URL(url).pathname).join(' ')}`,
        'upload-metadata': encoded({ bucket: 'files', key: 'whole' }),
      },
    });
  expect((await join(a, b)).status).toBe(409);
  await patch(b, 0, 'def');
  expect((await ask('HEAD', b)).headers.get('upload-concat')).toBe('partial');
  expect((await join(a, a)).status).toBe(400);
  const whole = await join(b, a);
  expect(whole.status).toBe(201);
  const url = whole.headers.get('location') ?? '';
  expect((await contentOf('whole')).toString()).toBe('defabc');
  const head = await ask('HEAD', url);
  expect([head.headers.get('upload-length'), head.headers.get('upload-offset')]).toEqual(['6', '6']);
  expect(head.headers.get('upload-concat')).toMatch(/^final;/);
  expect((await patch(url, 6, '')).status).toBe(403);
  expect((await join(a, b)).status).toBe(409);
});

test('a SHA-256 in the metadata, and conditions in the headers, hold for the object', async () => {
  const sha256 = createHash('sha256').update('right').digest('hex');
  const metadata = { 'upload-metadata': encoded({ bucket: 'files', key: 'known', sha256 }) };
  expect((await patch(await create('known', 5, metadata), 0, 'wrong')).status).toBe(460);
  expect((await patch(await create('known', 5, metadata), 0, 'right')).status).toBe(204);
  const url = await create('known', 5, { 'if-none-match': '*' });
  expect((await patch(url, 0, 'other')).status).toBe(412);
  expect((await contentOf('known')).toString()).toBe('right');
});

test('what expired is gone', async () => {
  const url = await create('expired', 5);
  await expireUploads(server.granary, { olderThanSeconds: 0 });
  expect((await patch(url, 0, '12345')).status).toBe(404);
});

test('who has not signed in, names no bucket, or wants too much is refused', async () => {
  const length = { 'upload-length': '5' };
  const metadata = { 'upload-metadata': encoded({ bucket: 'files', key: 'k' }) };
  const post = async (headers: Record<string, string>) => (await ask('POST', '/files', { headers })).status;
  expect(await post({ ...length, ...metadata, authorization: 'Bearer nonsense' })).toBe(401);
  const anonymous = await fetch(`${server.httpUrl}/files`, {
    method: 'POST',
    headers: { 'tus-resumable': '1.0.0', ...length, ...metadata },
  });
  expect(anonymous.status).toBe(401);
  expect(await post(length)).toBe(400);
  expect(await post(metadata)).toBe(400);
  expect(await post({ ...metadata, 'upload-length': '500000001' })).toBe(413);
  expect(await post({ ...length, 'upload-metadata': 'bucket !!!' })).toBe(400);
  expect(await post({ ...length, 'upload-metadata': encoded({ bucket: 'nowhere', key: 'k' }) })).toBe(404);
  expect(await post({ ...metadata, 'upload-defer-length': '1' })).toBe(400);
});

test('32: another tenant’s upload is as if it did not exist', async () => {
  const url = await create('private', 5);
  await server.graphql('mutation { createTenant(input: { name: "strangers" }) { userErrors { message } } }');
  await server.graphql(
    `mutation { createUser(input: { tenant: "strangers", username: "eve", password: "a long enough password 1",
      role: TENANT_ADMINISTRATOR }) { userErrors { message } } }`,
  );
  const eve = { authorization: `Bearer ${await server.login('eve', 'a long enough password 1', 'strangers')}` };
  expect((await ask('HEAD', url, { headers: eve })).status).toBe(404);
  expect((await patch(url, 0, '12345', eve)).status).toBe(404);
  expect((await ask('DELETE', url, { headers: eve })).status).toBe(404);
  const join = { ...eve, 'upload-concat': `final;${url}`, 'upload-metadata': encoded({ bucket: 'files', key: 'x' }) };
  expect((await ask('POST', '/files', { headers: join })).status).toBe(404);
  expect(await offsetOf(url)).toBe(0);
});

test('POST stands for the other methods where a proxy lets nothing else through', async () => {
  const url = await create('overridden', 3);
  const headers = { 'x-http-method-override': 'PATCH', 'content-type': bytesType, 'upload-offset': '0' };
  expect((await ask('POST', url, { headers, body: 'abc' })).status).toBe(204);
  expect((await contentOf('overridden')).toString()).toBe('abc');
});
