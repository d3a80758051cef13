import { randomBytes } from 'node:crypto';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import {
  createClient,
  download,
  downloadUrl,
  downloadZip,
  type GranaryClient,
  type Progress,
  signIn,
  zipUrl,
} from '../../packages/client/src/index.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let client: GranaryClient;

const bucket = 'downloads';
const content = new Uint8Array(randomBytes(3_000_000));

beforeAll(async () => {
  server = await startTestServer();
  await server.s3.send(new CreateBucketCommand({ Bucket: bucket }));
  await put('folder/film.mp4', content, { ContentType: 'video/mp4' });
  client = await signedIn(fetch);
});

afterAll(() => server?.stop());

async function put(key: string, body: Uint8Array | string, headers: object = {}): Promise<void> {
  await server.s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: Buffer.from(body), ...headers }));
}

async function signedIn(fetching: typeof fetch): Promise<GranaryClient> {
  const signed = createClient({ url: server.httpUrl, fetch: fetching });
  await signIn(signed, { username: 'admin', password: server.adminPassword });
  return signed;
}

/** A client whose downloads are looked at and may be answered otherwise. */
async function watchingDownloads(meddle: (count: number, send: () => Promise<Response>) => Promise<Response>) {
  const ranges: (string | undefined)[] = [];
  const watching = await signedIn(async (url, init) => {
    if (!String(url).includes('/download/')) return fetch(url, init);
    ranges.push((init?.headers as Record<string, string> | undefined)?.range);
    return meddle(ranges.length, () => fetch(url, init));
  });
  return { ranges, watching };
}

/** The answer, whose connection breaks after some bytes. */
function broken(response: Response, after: number): Response {
  let left = after;
  const cut = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      controller.enqueue(chunk.subarray(0, left));
      left -= chunk.byteLength;
      if (left <= 0) controller.error(new TypeError('terminated'));
    },
  });
  return new Response(response.body?.pipeThrough(cut) ?? null, response);
}

const bytesOf = async (blob: Blob) => new Uint8Array(await blob.arrayBuffer());
const address = { bucket, key: 'folder/film.mp4' };

test('an object comes as a Blob with its type, and its progress grows to its size', async () => {
  const told: Progress[] = [];
  const film = await download(client, address, { onProgress: (progress) => told.push(progress) });
  expect(film.object).toMatchObject({ key: 'folder/film.mp4', size: content.length, contentType: 'video/mp4' });
  const blob = await film.blob();
  expect(blob.type).toBe('video/mp4');
  expect(Buffer.compare(await bytesOf(blob), content)).toBe(0);
  expect(told.at(0)).toMatchObject({ bytes: 0, totalBytes: content.length });
  expect(told.at(-1)?.bytes).toBe(content.length);
});

test('a download whose connection breaks goes on where it was', async () => {
  const { ranges, watching } = await watchingDownloads(async (count, send) =>
    count <= 2 ? broken(await send(), 1_000_000) : send(),
  );
  const blob = await (await download(watching, address)).blob();
  expect(Buffer.compare(await bytesOf(blob), content)).toBe(0);
  expect(ranges).toHaveLength(3);
  expect(ranges[0]).toBeUndefined();
  expect(ranges.slice(1).every((range) => /^bytes=[1-9]\d*-$/.test(range ?? ''))).toBe(true);
});

test('an address that has expired meanwhile is asked for anew', async () => {
  const { ranges, watching } = await watchingDownloads(async (count, send) => {
    if (count === 1) return broken(await send(), 1_000_000);
    return count === 2 ? Response.json({ error: 'expired' }, { status: 403 }) : send();
  });
  const blob = await (await download(watching, address)).blob();
  expect(Buffer.compare(await bytesOf(blob), content)).toBe(0);
  expect(ranges).toHaveLength(3);
});

test('what has changed since it began fails, and so does what keeps breaking', async () => {
  await put('changing', content);
  const { watching } = await watchingDownloads(async (count, send) => {
    if (count > 1) return send();
    const first = await send();
    await put(
      'changing',
      content.map((byte) => byte ^ 1),
    );
    return broken(first, 1_000_000);
  });
  const changed = await download(watching, { bucket, key: 'changing' });
  await expect(changed.blob()).rejects.toMatchObject({ code: 'PRECONDITION_FAILED' });
  const failing = await watchingDownloads(async (count, send) => {
    if (count === 1) return broken(await send(), 1_000_000);
    throw new TypeError('fetch failed');
  });
  Object.assign(failing.watching, { retries: 1 });
  const blob = (await download(failing.watching, address)).blob();
  await expect(blob).rejects.toMatchObject({ code: 'NETWORK' });
  expect(failing.ranges).toHaveLength(2);
});

test('what is there already is not sent again', async () => {
  const rest = await (await download(client, address, { offset: 2_900_000 })).blob();
  expect(Buffer.compare(await bytesOf(rest), content.subarray(2_900_000))).toBe(0);
  expect((await (await download(client, address, { offset: content.length })).blob()).size).toBe(0);
});

test('what is stored compressed comes unpacked, from its beginning only', async () => {
  const packed = new Uint8Array(
    await new Response(
      new Blob(['a long text '.repeat(1000)]).stream().pipeThrough(new CompressionStream('gzip')),
    ).arrayBuffer(),
  );
  await put('packed.txt', packed, { ContentEncoding: 'gzip', ContentType: 'text/plain' });
  const text = await (await download(client, { bucket, key: 'packed.txt' })).blob();
  expect(await text.text()).toBe('a long text '.repeat(1000));
  const middle = download(client, { bucket, key: 'packed.txt' }, { offset: 10 });
  await expect(middle).rejects.toMatchObject({ code: 'NOT_SUPPORTED' });
});

test('an empty object, one that is not there, and one that is aborted', async () => {
  await put('empty', '');
  expect((await (await download(client, { bucket, key: 'empty' })).blob()).size).toBe(0);
  await expect(download(client, { bucket, key: 'nothing' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(downloadUrl(client, { bucket, key: 'nothing' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(zipUrl(client, { bucket: 'nothing' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  const controller = new AbortController();
  const aborted = await download(client, address, { signal: controller.signal });
  const reader = aborted.stream.getReader();
  await reader.read();
  controller.abort();
  await expect(
    (async () => {
      while (!(await reader.read()).done);
    })(),
  ).rejects.toMatchObject({ name: 'AbortError' });
});

test('an address is good for whoever has it, and a folder comes as a zip', async () => {
  const response = await fetch(await downloadUrl(client, { ...address, expiresIn: 60 }));
  expect((await response.arrayBuffer()).byteLength).toBe(content.length);
  const told: Progress[] = [];
  const zip = await downloadZip(client, { bucket, prefix: 'folder/' }, { onProgress: (one) => told.push(one) });
  expect(zip.object).toBeUndefined();
  const blob = await zip.blob();
  expect(blob.type).toBe('application/zip');
  expect(Buffer.from(await blob.slice(0, 4).arrayBuffer())).toEqual(Buffer.from('PK\x03\x04'));
  expect(told.at(-1)).toMatchObject({ totalBytes: undefined });
});
