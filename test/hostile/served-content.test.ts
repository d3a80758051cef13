import { share } from '../http/shares.js';
import { sendSigned } from '../s3/raw-request.js';
import type { TestServer } from '../support/server.js';
import { exchangeBytes, requestBytes } from './raw-socket.js';
import { openBesiegedServer, withstand } from './siege.js';

let server: TestServer;

beforeAll(async () => {
  server = await openBesiegedServer();
});

afterAll(async () => {
  expect(server.problems).toEqual([]);
  await server.stop();
});

describe('47: a GET of GraphQL with an odd Content-Type', () => {
  const get = (headers: Record<string, string>) =>
    withstand(server, async () => {
      const query = encodeURIComponent('{ viewer { user { username } } }');
      const authorization = `Bearer ${await server.login()}`;
      const answer = await fetch(`${server.httpUrl}/graphql?query=${query}`, {
        headers: { authorization, ...headers },
      });
      return { status: answer.status, text: await answer.text() };
    });

  test.each([
    'text/plain',
    'text/plain; application/json',
    'text/plain, application/json',
    'application/json, text/plain',
    'application/jsonx',
    'application/graphql',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
    'multipart/form-data; boundary=b',
    'message/http',
    'nonsense',
    ';',
  ])('47: as %s is a 415, and without the preflight header never more than an error', async (type) => {
    const sent = await get({ 'content-type': type, 'apollo-require-preflight': 'true' });
    expect(sent.status).toBe(415);
    const simple = await get({ 'content-type': type });
    expect([400, 415]).toContain(simple.status);
    for (const { text } of [sent, simple]) {
      expect(JSON.parse(text)).toEqual({ errors: [expect.objectContaining({ message: expect.any(String) })] });
    }
  });

  test('47: without one it needs the preflight header, and as JSON it does not', async () => {
    expect((await get({})).status).toBe(400);
    expect((await get({ 'apollo-require-preflight': 'true' })).status).toBe(200);
    expect((await get({ 'content-type': 'application/json' })).status).toBe(200);
  });
});

interface Doors {
  download: string;
  share: string;
  sharedFolder: string;
  rest: string;
}

/** Stores an object and gives the addresses on the GraphQL port that it is served at. */
async function serve(key: string, type: string, content: string): Promise<Doors> {
  const path = `/bucket/${encodeURIComponent(key).replaceAll('%2F', '/')}`;
  const put = await sendSigned(server, { method: 'PUT', path, body: content, headers: { 'content-type': type } });
  expect(put.status).toBe(200);
  const query = 'query($key: String!) { object(bucket: "bucket", key: $key) { downloadUrl } }';
  const { data } = await server.graphql(query, { key });
  const folder = await share(server, { bucket: 'bucket', folder: key.slice(0, key.indexOf('/') + 1) });
  const name = encodeURIComponent(key.slice(key.indexOf('/') + 1));
  return {
    download: data.object.downloadUrl,
    share: `${(await share(server, { bucket: 'bucket', key })).url}/content`,
    sharedFolder: `${folder.url}/content?file=${name}`,
    rest: `${server.httpUrl}/v1${path.replace('/bucket', '/objects/bucket')}`,
  };
}

async function fetchDoor(door: keyof Doors, url: string, init: RequestInit = {}): Promise<Response> {
  const authorization: Record<string, string> =
    door === 'rest' ? { authorization: `Bearer ${await server.login()}` } : {};
  return fetch(url, { redirect: 'manual', ...init, headers: { ...authorization, ...init.headers } });
}

const doors = ['download', 'share', 'sharedFolder', 'rest'] as const;

describe('51: content that a browser would run', () => {
  const script = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(document.cookie)</script></svg>';

  test.each([
    'image/svg+xml',
    'IMAGE/SVG+XML; charset=utf-8',
    'text/html',
    'text/html;x="image/png"',
    'application/xhtml+xml',
    'application/xml',
    'text/xml',
    'application/pdf',
    'text/javascript',
    'application/javascript',
    'text/css',
    'application/x-shockwave-flash',
    'multipart/x-mixed-replace; boundary=b',
    'image/png, text/html',
    'text/plain, text/html',
    'image/svg+xml image/png',
    'unknown/type',
  ])('51: as %s is an attachment, sandboxed and not guessed at, at every door', async (type) => {
    const urls = await serve(`active/${Buffer.from(type).toString('hex')}`, type, script);
    for (const door of doors) {
      for (const init of [{}, { method: 'HEAD' }, { headers: { range: 'bytes=0-3' } }]) {
        const answer = await fetchDoor(door, urls[door], init);
        await answer.arrayBuffer();
        expect([door, answer.ok]).toEqual([door, true]);
        expect(Object.fromEntries(answer.headers)).toMatchObject({
          'content-disposition': expect.stringMatching(/^attachment;/),
          'content-security-policy': expect.stringMatching(/^sandbox; default-src 'none'/),
          'x-content-type-options': 'nosniff',
        });
        expect(answer.headers.get('content-security-policy')).not.toMatch(/script-src|allow-scripts|allow-same-origin/);
      }
    }
  });

  test('51: called plain text is shown as that, sandboxed, to its reader, and an attachment to strangers', async () => {
    const urls = await serve('active/page.html', 'text/plain', script);
    for (const door of doors) {
      const { headers } = await fetchDoor(door, urls[door], { method: 'HEAD' });
      const kind = door.startsWith('share') ? 'attachment' : 'inline';
      expect([door, headers.get('content-disposition')?.split(';')[0]]).toEqual([door, kind]);
      expect([headers.get('content-type'), headers.get('x-content-type-options')]).toEqual(['text/plain', 'nosniff']);
      expect(headers.get('content-security-policy')).toMatch(/^sandbox;/);
    }
  });
});

describe('52: a file name that would end its header', () => {
  test.each([
    '"\r\nLocation: https:evil.example',
    'a\u0000b',
    '☃";filename="x.html',
    '\u2028\u202egpj.exe',
    "x''y%0d%0a",
  ])('52: as %j is encoded at every door', async (name) => {
    if (name.includes('\u0000')) {
      return; // No key has it.
    }
    const urls = await serve(`names/${name}`, 'text/html', 'odd');
    for (const door of doors) {
      const answer = await fetchDoor(door, urls[door]);
      expect([door, answer.status, await answer.text()]).toEqual([door, 200, 'odd']);
      expect(answer.headers.get('location')).toBeNull();
      const [, plain = '', exact = ''] =
        /^attachment; filename="([\x20-\x7e]*)"; filename\*=UTF-8''([\w.!~*'()%-]+)$/.exec(
          answer.headers.get('content-disposition') ?? '',
        ) ?? [];
      expect(plain).not.toContain('"');
      expect(decodeURIComponent(exact)).toBe(name);
    }
  });
});

describe('24: a way out of what an address is about', () => {
  test.each([
    '../bucket/witness',
    '..%2fbucket%2fwitness',
    '%2e%2e/bucket/witness',
    '..%252fbucket%252fwitness',
    '%00',
    '%ff',
    '//',
  ])('24: by %s leads nowhere from another bucket or a shared folder', async (way) => {
    expect((await sendSigned(server, { method: 'PUT', path: '/bucket/shared/one', body: 'shared' })).status).toBe(200);
    await sendSigned(server, { method: 'PUT', path: '/other' });
    const { token } = await share(server, { bucket: 'bucket', folder: 'shared' });
    for (const path of [
      `/v1/objects/other/${way}`,
      `/s/${token}/content?file=${way}`,
      `/s/${token}/content/${way}`,
      `/s/${token}/zip?folder=${way}`,
      `/s/${token}?folder=${way}`,
    ]) {
      // Clients of HTTP tidy up an address before they send it.
      const headers = [
        ['Host', 'granary'],
        ['Authorization', `Bearer ${await server.login()}`],
      ] as const;
      const answer = await withstand(server, () => exchangeBytes(server.httpUrl, requestBytes(`GET ${path}`, headers)));
      expect([path, [400, 404].includes(answer.status)]).toEqual([path, true]);
      expect(answer.text).not.toContain('still here');
    }
  });
});
