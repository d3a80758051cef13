import { request as httpRequest } from 'node:http';
import { contentDisposition } from '../../src/http/content-disposition.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { sendForm, singleUpload } from './multipart.js';

let server: TestServer;
const content = Buffer.from('0123456789'.repeat(10_000));

beforeAll(async () => {
  server = await startTestServer();
  await server.graphql('mutation { createBucket(input: { name: "files" }) { userErrors { message } } }');
});

afterAll(async () => server.stop());

async function put(key: string, type: string): Promise<string> {
  const { data } = await sendForm(server, singleUpload({ bucket: 'files', key }, content, type));
  expect(data.uploadObject.userErrors).toEqual([]);
  return linkTo(key);
}

async function linkTo(key: string, expiresIn = 300): Promise<string> {
  const query =
    'query($key: String!, $expiresIn: Int) { object(bucket: "files", key: $key) { downloadUrl(expiresIn: $expiresIn) } }';
  const { data, errors } = await server.graphql(query, { key, expiresIn });
  expect(errors).toBeUndefined();
  return data.object.downloadUrl;
}

test('a link gives the bytes, their type, and headers that keep a browser from running them', async () => {
  const url = await put('notes/plain.txt', 'text/plain');
  expect(url.startsWith(`${server.httpUrl}/download/`)).toBe(true);
  const response = await fetch(url);
  expect(response.status).toBe(200);
  expect(Buffer.from(await response.arrayBuffer())).toEqual(content);
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'content-type': 'text/plain',
    'content-length': String(content.length),
    'content-disposition': `inline; filename="plain.txt"; filename*=UTF-8''plain.txt`,
    'x-content-type-options': 'nosniff',
    'content-security-policy': expect.stringContaining('sandbox'),
  });
});

test.each([
  'text/html',
  'image/svg+xml',
  'application/pdf',
  'application/xhtml+xml',
  'text/html; charset=utf-8',
  'application/octet-stream',
])('%s is an attachment', async (type) => {
  const response = await fetch(await put(`active/${type.replaceAll(/\W/g, '-')}`, type), { method: 'HEAD' });
  expect(response.headers.get('content-disposition')).toMatch(/^attachment;/);
  expect(response.headers.get('content-length')).toBe(String(content.length));
});

test('ranges and conditions are those of RFC 9110', async () => {
  const url = await put('ranges', 'application/x-thing');
  const ask = async (headers: Record<string, string>) => {
    const response = await fetch(url, { headers });
    const body = await response.text();
    return { status: response.status, range: response.headers.get('content-range'), body: body.slice(0, 20) };
  };
  expect(await ask({ range: 'bytes=2-5' })).toEqual({ status: 206, range: 'bytes 2-5/100000', body: '2345' });
  expect(await ask({ range: 'bytes=-3' })).toEqual({ status: 206, range: 'bytes 99997-99999/100000', body: '789' });
  expect((await ask({ range: 'bytes=99990-' })).body).toBe('0123456789');
  expect(await ask({ range: 'bytes=100000-' })).toMatchObject({ status: 416, range: 'bytes */100000' });
  expect((await ask({ range: 'bytes=0-1,3-4' })).status).toBe(200);
  const { headers } = await fetch(url, { method: 'HEAD' });
  const etag = headers.get('etag') ?? '';
  expect((await ask({ 'if-none-match': etag })).status).toBe(304);
  expect((await ask({ 'if-match': '"other"' })).status).toBe(412);
  expect((await ask({ range: 'bytes=0-1', 'if-range': etag })).status).toBe(206);
  expect((await ask({ range: 'bytes=0-1', 'if-range': '"other"' })).status).toBe(200);
});

test('what was not signed here, has expired, or is gone is refused', async () => {
  const url = await put('short', 'text/plain');
  expect((await fetch(`${url.slice(0, -2)}xx`)).status).toBe(403);
  expect((await fetch(`${server.httpUrl}/download/nothing`)).status).toBe(403);
  const expired = await linkTo('short', 1);
  await new Promise((resolve) => setTimeout(resolve, 2100));
  expect((await fetch(expired)).status).toBe(403);
  await server.graphql('mutation { deleteObject(input: { bucket: "files", key: "short" }) { userErrors { code } } }');
  expect((await fetch(url)).status).toBe(404);
  const tooLong = await server.graphql('{ object(bucket: "files", key: "ranges") { downloadUrl(expiresIn: 604801) } }');
  expect(tooLong.errors).toMatchObject([{ extensions: { code: 'INVALID_INPUT' } }]);
});

test('headers that cannot be sent are left out', async () => {
  await put('snow', 'text/plain');
  const change =
    'mutation($input: SetObjectMetadataInput!) { setObjectMetadata(input: $input) { userErrors { message } } }';
  const changed = await server.graphql(change, {
    input: { bucket: 'files', key: 'snow', metadata: {}, contentType: 'text/☃' },
  });
  expect(changed.data.setObjectMetadata.userErrors).toEqual([]);
  const response = await fetch(await linkTo('snow'));
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('application/octet-stream');
});

test('no name can end a header', async () => {
  expect(contentDisposition('attachment', '"\r\nLocation: x')).toBe(
    `attachment; filename="___Location: x"; filename*=UTF-8''%22%0D%0ALocation%3A%20x`,
  );
  expect(contentDisposition('inline', "Größe '(1)*.txt")).toBe(
    `inline; filename="Gr__e '(1)*.txt"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%20%27%281%29%2A.txt`,
  );
  const response = await fetch(await put('odd/"\r\nLocation: x', 'text/html'));
  expect(response.status).toBe(200);
  expect(response.headers.get('location')).toBeNull();
});

test.each(['/', '/health', '/ready', '/nothing', '/graphql'])('%s tells nothing of the machine', async (path) => {
  const response = await fetch(`${server.httpUrl}${path}`);
  const text = await response.text();
  expect(text).not.toMatch(new RegExp(`${server.settings.dataDir}|node_modules|at \\w+ \\(|${process.cwd()}`));
  expect(response.headers.get('x-powered-by')).toBeNull();
});

test('health and readiness are told', async () => {
  expect(await (await fetch(`${server.httpUrl}/health`)).json()).toEqual({ status: 'ok' });
  expect(await (await fetch(`${server.httpUrl}/ready`)).json()).toEqual({
    status: 'ready',
    checks: { database: true },
  });
});

test('a path that cannot be decoded is a plain 400', async () => {
  const { hostname, port } = new URL(server.httpUrl);
  const status = await new Promise<number>((resolve, reject) => {
    const request = httpRequest({ hostname, port, path: '/download/%E0%A4%A' }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.on('error', reject).end();
  });
  expect(status).toBe(400);
});
