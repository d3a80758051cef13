import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Chromium, testInChromium } from '../support/chromium.js';
import { type GraphqlAnswer, startTestServer } from '../support/server.js';

/** A front end of another origin: an empty page, from which the scripts below ask. */
async function startFrontEnd(): Promise<AsyncDisposable & { origin: string }> {
  const page = createServer((_request, response) =>
    response.setHeader('content-type', 'text/html').end('<!doctype html><link rel="icon" href="data:,">'),
  );
  await new Promise<void>((resolve) => page.listen(0, '127.0.0.1', resolve));
  const origin = `http://localhost:${(page.address() as AddressInfo).port}`;
  return { origin, [Symbol.asyncDispose]: () => closed(page) };
}

async function closed(page: Server): Promise<void> {
  page.closeAllConnections();
  await new Promise((resolve) => page.close(resolve));
}

interface Place {
  url: string;
  s3Url: string;
  token: string;
}

/** Run in the page: signs nothing in, and uses each kind of address as a front end does. */
async function useEverything({ url, s3Url, token }: Place) {
  const authorization = `Bearer ${token}`;
  const ask = async (query: string) => {
    const headers = { authorization, 'content-type': 'application/json' };
    const response = await fetch(`${url}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query }) });
    return ((await response.json()) as GraphqlAnswer).data;
  };
  await ask('mutation { createBucket(input: { name: "from-afar" }) { userErrors { message } } }');
  const tus = { authorization, 'tus-resumable': '1.0.0' };
  const upload = await fetch(`${url}/files?bucket=from-afar&key=tus.txt`, {
    method: 'POST',
    headers: { ...tus, 'upload-length': '3', 'content-type': 'application/offset+octet-stream' },
    body: 'tus',
  });
  const file = new FormData();
  const query =
    'mutation ($f: Upload!) { uploadObject(input: { bucket: "from-afar", key: "f", file: $f }) { object { size } } }';
  file.set('operations', JSON.stringify({ query, variables: { f: null } }));
  file.set('map', '{"0":["variables.f"]}');
  file.set('0', new Blob(['form']));
  const headers = { authorization, 'apollo-require-preflight': 'true' };
  const form = await fetch(`${url}/graphql`, { method: 'POST', headers, body: file });
  const started = await ask(
    'mutation { startUpload(input: { bucket: "from-afar", key: "parts", size: 5 }) { upload { id partUrls { url } } } }',
  );
  // The test's ports were free ones, which the setting does not know.
  const { pathname, search } = new URL(started.startUpload.upload.partUrls[0].url);
  const part = await fetch(`${s3Url}${pathname}${search}`, { method: 'PUT', body: 'parts' });
  const found = await ask('{ object(bucket: "from-afar", key: "tus.txt") { downloadUrl } }');
  const download = await fetch(found.object.downloadUrl, { headers: { range: 'bytes=1-' } });
  return {
    offset: upload.headers.get('upload-offset'),
    location: upload.headers.get('location') !== null,
    form: await form.json(),
    part: part.status,
    download: [download.status, await download.text(), download.headers.get('content-range')],
  };
}

/** Run in the page: whether the browser lets it ask at all. */
async function tryToAsk({ url, token }: Place): Promise<string> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  return fetch(`${url}/graphql`, { method: 'POST', headers, body: '{"query":"{ __typename }"}' }).then(
    (response) => `${response.status}`,
    (error: Error) => error.name,
  );
}

testInChromium('a page of a named origin uses queries, uploads, parts, tus and downloads; another cannot', async () => {
  await using named = await startFrontEnd();
  await using foreign = await startFrontEnd();
  const server = await startTestServer({ corsOrigins: [named.origin] });
  try {
    await using chromium = await Chromium.launch();
    const place = { url: server.httpUrl, s3Url: server.s3Url, token: await server.login() };
    await using welcome = await chromium.visit(named.origin);
    expect(await welcome.page.evaluate(useEverything, place)).toEqual({
      ...{ offset: '3', location: true, part: 200, download: [206, 'us', 'bytes 1-2/3'] },
      form: expect.objectContaining({ data: { uploadObject: { object: { size: 4 } } } }),
    });
    await using barred = await chromium.visit(foreign.origin);
    expect(await barred.page.evaluate(tryToAsk, place)).toBe('TypeError');
  } finally {
    await server.stop();
  }
});
