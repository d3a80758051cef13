import { createHash } from 'node:crypto';
import { sendSigned, sign } from '../s3/raw-request.js';
import type { TestServer } from '../support/server.js';
import { exchangeBytes, requestBytes } from './raw-socket.js';
import { processorTimeOf } from './response-time.js';
import { expectRefused, openBesiegedServer, withstand } from './siege.js';

let server: TestServer;

beforeAll(async () => {
  server = await openBesiegedServer();
});

afterAll(async () => {
  expect(server.problems).toEqual([]);
  await server.stop();
});

/** Every place of S3 that reads a document, with what it is called there. */
const documents: [method: string, path: string, root: string][] = [
  ['POST', '/bucket?delete=', 'Delete'],
  ['PUT', '/bucket?tagging=', 'Tagging'],
  ['PUT', '/bucket?cors=', 'CORSConfiguration'],
  ['PUT', '/bucket?lifecycle=', 'LifecycleConfiguration'],
  ['PUT', '/bucket?versioning=', 'VersioningConfiguration'],
  ['PUT', '/bucket?acl=', 'AccessControlPolicy'],
  ['PUT', '/bucket?encryption=', 'ServerSideEncryptionConfiguration'],
  ['PUT', '/bucket?website=', 'WebsiteConfiguration'],
  ['PUT', '/bucket?notification=', 'NotificationConfiguration'],
  ['PUT', '/bucket/witness?tagging=', 'Tagging'],
  ['PUT', '/new-bucket', 'CreateBucketConfiguration'],
];

function sendDocument(method: string, path: string, body: string) {
  const headers = { 'content-md5': createHash('md5').update(body).digest('base64') };
  return sendSigned(server, { method, path, headers, body });
}

test.each(documents)('39: two document types before what %s %s takes are malformed', async (method, path, root) => {
  const types = `<!DOCTYPE ${root} SYSTEM "file:///etc/passwd"><!DOCTYPE ${root} [<!ENTITY e SYSTEM "http://127.0.0.1/">]>`;
  const code = root === 'AccessControlPolicy' ? 'MalformedACLError' : 'MalformedXML';
  await expectRefused(server, () => sendDocument(method, path, `${types}<${root}>&e;</${root}>`), [400, code]);
});

describe('40: entities', () => {
  test('40: that grow by each other are MalformedXML, and never written out', async () => {
    const levels = Array.from({ length: 30 }, (_, n) => `<!ENTITY e${n + 1} "&e${n};&e${n};&e${n};">`).join('');
    const body = `<!DOCTYPE Delete [<!ENTITY e0 "x">${levels}]><Delete><Object><Key>&e30;</Key></Object></Delete>`;
    await expectRefused(server, () => sendDocument('POST', '/bucket?delete=', body), [400, 'MalformedXML']);
  });

  test('40: a hundred thousand references to the five that XML has are read in no time, and mean what they mean', async () => {
    const body = `<Delete><Object><Key>${'&amp;'.repeat(100_000)}</Key></Object></Delete>`;
    const spent = await processorTimeOf(async () => {
      const answer = await withstand(server, () => sendDocument('POST', '/bucket?delete=', body));
      expect([answer.status, answer.body.includes('<Code>KeyTooLongError</Code>')]).toEqual([200, true]);
    });
    expect(spent).toBeLessThan(5000);
  });

  test('40: a million are refused before they are all there', async () => {
    const declared = 64 * 1024 * 1024;
    const body = Buffer.alloc(3 * 1024 * 1024, '<!ENTITY e "x">');
    const raw = {
      method: 'POST',
      path: '/bucket?delete=',
      payload: 'UNSIGNED-PAYLOAD',
      headers: { 'content-md5': md5 },
    };
    const { headers } = sign(server, raw);
    const lines = [...Object.entries(headers), ['Content-Length', String(declared)] as [string, string]];
    const answer = await withstand(server, () =>
      exchangeBytes(server.s3Url, requestBytes('POST /bucket?delete=', lines, body)),
    );
    expect(answer.status).toBe(400);
  });
});

const md5 = createHash('md5').update('').digest('base64');

describe('48: a request whose end is a matter of taste', () => {
  const framings: [what: string, lines: string][] = [
    ['a length and chunks', 'Content-Length: 4\r\nTransfer-Encoding: chunked\r\n'],
    ['chunks and a length', 'Transfer-Encoding: chunked\r\nContent-Length: 4\r\n'],
    ['a folded encoding', 'Transfer-Encoding:\r\n chunked\r\n'],
    ['an encoding folded behind another', 'Transfer-Encoding: x,\r\n chunked\r\n'],
    ['chunks twice', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n'],
    ['chunks that are not the last encoding', 'Transfer-Encoding: chunked, identity\r\n'],
    ['an encoding that is none', 'Transfer-Encoding: xchunked\r\n'],
    ['a blank before the colon', 'Transfer-Encoding : chunked\r\n'],
    ['a control character before the encoding', 'Transfer-Encoding: \u000bchunked\r\n'],
    ['two lengths', 'Content-Length: 4\r\nContent-Length: 5\r\n'],
    ['a list of lengths', 'Content-Length: 4, 4\r\n'],
    ['a length with a sign', 'Content-Length: +4\r\n'],
    ['a line feed for an end of line', 'X-A: a\nX-B: b\r\nContent-Length: 4\r\n'],
    ['a carriage return in a value', 'X-A: a\rX-B: b\r\nContent-Length: 4\r\n'],
  ];
  const body = '4\r\nabcd\r\n0\r\n\r\nGET /bucket/witness HTTP/1.1\r\nHost: h\r\n\r\n';

  test.each(framings)('48: %s is a 400 on either port, and the connection ends', async (_what, lines) => {
    for (const url of [server.s3Url, server.httpUrl]) {
      const request = `PUT /bucket/smuggled HTTP/1.1\r\nHost: h\r\n${lines}\r\n${body}`;
      const { status, text } = await withstand(server, () => exchangeBytes(url, request));
      expect([status, text.split('HTTP/1.1').length - 1]).toEqual([400, 1]);
    }
  });

  test('48: line feeds alone are a 400', async () => {
    for (const url of [server.s3Url, server.httpUrl]) {
      const { status } = await withstand(server, () => exchangeBytes(url, 'GET / HTTP/1.1\nHost: h\n\n'));
      expect(status).toBe(400);
    }
  });

  test('48: two hosts are a 400', async () => {
    const bytes = requestBytes('GET /bucket', [
      ['Host', 'a'],
      ['Host', 'b'],
    ]);
    const { status, code } = await withstand(server, () => exchangeBytes(server.s3Url, bytes));
    expect([status, code]).toEqual([400, 'BadRequest']);
  });
});

describe('52: a file name that would end its header', () => {
  const name = '"\r\nLocation: https:evil.example';

  test.each(['response-content-disposition', 'response-content-type', 'response-cache-control'])(
    '52: in %s is InvalidArgument',
    async (parameter) => {
      const path = `/bucket/witness?${parameter}=${encodeURIComponent(`attachment; filename=${name}`)}`;
      await expectRefused(server, () => sendSigned(server, { path }), [400, 'InvalidArgument']);
    },
  );

  test('52: as the key of an object it is encoded wherever it is shown', async () => {
    const key = `odd/${name}`;
    const path = `/bucket/${encodeURIComponent(key).replaceAll('%2F', '/')}`;
    expect((await sendSigned(server, { method: 'PUT', path, body: 'odd' })).status).toBe(200);
    const { data } = await server.graphql(
      'query($key: String!) { object(bucket: "bucket", key: $key) { downloadUrl } }',
      {
        key,
      },
    );
    const download = await fetch(data.object.downloadUrl, { redirect: 'manual' });
    expect([download.status, download.headers.get('location'), await download.text()]).toEqual([200, null, 'odd']);
    expect(download.headers.get('content-disposition')).toMatch(/filename\*=UTF-8''%22%0D%0ALocation%3A/);
    const copied = await sendSigned(server, { method: 'PUT', path, headers: { 'x-amz-copy-source': '/bucket/none' } });
    expect([copied.status, copied.headers.location]).toEqual([404, undefined]);
    expect((await sendSigned(server, { method: 'DELETE', path })).status).toBe(204);
  });
});

describe('53: a line break in what becomes a header', () => {
  test.each(['x-amz-meta-a', 'content-type', 'cache-control', 'x-amz-tagging'])(
    '53: in %s, bare or with its return, is a 400',
    async (name) => {
      for (const end of ['\n', '\r', '\r\n\t']) {
        const { headers } = sign(server, { method: 'PUT', path: '/bucket/k', headers: { [name]: 'a' } });
        const lines = Object.entries({ ...headers, [name]: `a${end}X-Injected: 1`, 'content-length': '0' });
        const answer = await withstand(server, () => exchangeBytes(server.s3Url, requestBytes('PUT /bucket/k', lines)));
        expect(answer.status).toBe(400);
      }
    },
  );

  test.each(['AllowedOrigin', 'AllowedHeader', 'ExposeHeader'])('53: in a CORS %s is refused', async (element) => {
    const rest = element === 'AllowedOrigin' ? '' : '<AllowedOrigin>*</AllowedOrigin>';
    const rule = `${rest}<AllowedMethod>GET</AllowedMethod><${element}>x&#13;&#10;X-Injected: 1</${element}>`;
    const body = `<CORSConfiguration><CORSRule>${rule}</CORSRule></CORSConfiguration>`;
    const answer = await withstand(server, () => sendDocument('PUT', '/bucket?cors=', body));
    expect(answer.status).toBe(400);
  });

  test('53: in metadata that GraphQL sets never becomes a header of its own', async () => {
    const change = `mutation($input: SetObjectMetadataInput!) {
      setObjectMetadata(input: $input) { userErrors { code } } }`;
    const metadata = { a: 'x\r\nX-Injected: 1' };
    await server.graphql(change, { input: { bucket: 'bucket', key: 'witness', metadata } });
    const { status, headers } = await sendSigned(server, { method: 'HEAD', path: '/bucket/witness' });
    expect([status, headers['x-injected']]).toEqual([200, undefined]);
  });
});
