import { createHash, randomBytes } from 'node:crypto';
import { CreateBucketCommand, GetObjectCommand } from '@aws-sdk/client-s3';
import {
  createClient,
  GetObject,
  GetUpload,
  type GranaryClient,
  resumeUpload,
  signIn,
  type UploadProgressed,
  type UploadToken,
  upload,
} from '../../packages/client/src/index.js';
import { expireUploads } from '../../src/operations/uploads/expire-uploads.js';
import { freePort } from '../support/emulators/free-port.js';
import { eventually } from '../support/process.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let client: GranaryClient;

const partSize = 5 * 1024 * 1024;
const content = new Uint8Array(randomBytes(3 * partSize + 1000));
const bucket = 'uploads';

beforeAll(async () => {
  server = await startTestServer({ s3Port: await freePort() });
  await server.s3.send(new CreateBucketCommand({ Bucket: bucket }));
  client = await signedIn();
});

afterAll(() => server?.stop());

async function signedIn(fetching: typeof fetch = fetch): Promise<GranaryClient> {
  const signed = createClient({ url: server.httpUrl, fetch: fetching });
  await signIn(signed, { username: 'admin', password: server.adminPassword });
  return signed;
}

function streamOf(bytes: Uint8Array, chunk = 700_000): ReadableStream<Uint8Array> {
  let position = 0;
  return new ReadableStream({
    pull(controller) {
      controller.enqueue(bytes.slice(position, position + chunk));
      position += chunk;
      if (position >= bytes.length) controller.close();
    },
  });
}

async function expectStored(key: string, expected: Uint8Array = content): Promise<void> {
  const { Body } = await server.s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  expect(Buffer.compare((await Body?.transformToByteArray()) ?? new Uint8Array(), expected)).toBe(0);
}

/** A client whose requests for parts are looked at, held up or answered otherwise. */
function watchingParts(
  meddle: (
    part: number,
    count: number,
    send: (body?: Uint8Array<ArrayBuffer>) => Promise<Response>,
  ) => Promise<Response>,
) {
  const counts = new Map<number, number>();
  const fetching: typeof fetch = async (url, init) => {
    const part = init?.method === 'PUT' ? Number(new URL(String(url)).searchParams.get('partNumber')) : 0;
    if (part === 0) return fetch(url, init);
    counts.set(part, (counts.get(part) ?? 0) + 1);
    return meddle(part, counts.get(part) ?? 0, (body) => fetch(url, body === undefined ? init : { ...init, body }));
  };
  return { counts, client: () => signedIn(fetching) };
}

test.each([
  ['a Blob', () => new Blob(['small'], { type: 'text/plain' })],
  ['bytes', () => new TextEncoder().encode('small')],
  ['an ArrayBuffer', () => new TextEncoder().encode('small').buffer as ArrayBuffer],
  ['a stream', () => streamOf(new TextEncoder().encode('small'), 2)],
])('%s that is small goes in one request, with its digest', async (_what, source) => {
  const told: UploadProgressed[] = [];
  const task = upload(client, {
    bucket,
    key: 'small.txt',
    source: source(),
    metadata: { author: 'Ann' },
    tags: [{ key: 'kind', value: 'test' }],
    onProgress: (progress) => told.push(progress),
  });
  expect(await task.done).toMatchObject({ key: 'small.txt', size: 5, metadata: { author: 'Ann' } });
  expect(task).toMatchObject({ state: 'completed', token: undefined });
  expect(told.at(0)).toMatchObject({ bytes: 0, totalBytes: 5 });
  expect(told.at(-1)).toMatchObject({ bytes: 5, totalBytes: 5 });
  await expectStored('small.txt', new TextEncoder().encode('small'));
});

test.each([
  ['a Blob', () => new Blob([content])],
  ['bytes', () => content],
  ['a stream', () => streamOf(content)],
])('%s that is large goes in parts, and its progress grows to its size', async (_what, source) => {
  const told: UploadProgressed[] = [];
  let token: UploadToken | undefined;
  const task = upload(client, {
    ...{ bucket, key: 'large', source: source(), size: content.length, partSize, stagedFrom: partSize },
    contentType: 'application/x-thing',
    onProgress: (progress) => told.push(progress),
    onStarted: (started) => {
      token = started;
    },
  });
  expect(await task.done).toMatchObject({ size: content.length, contentType: 'application/x-thing' });
  expect(token).toEqual(task.token);
  expect(token).toMatchObject({ size: content.length, partSize });
  expect(told.at(-1)?.bytes).toBe(content.length);
  expect(told.some(({ bytesPerSecond }) => bytesPerSecond > 0)).toBe(true);
  await expectStored('large');
  const { object } = await client.query(GetObject, { bucket, key: 'large' });
  expect(object?.sha256).toBe(createHash('sha256').update(content).digest('hex'));
});

test('no more parts are under way at once than were asked for', async () => {
  let underWay = 0;
  let most = 0;
  const { client: watching, counts } = watchingParts(async (_part, _count, send) => {
    underWay += 1;
    most = Math.max(most, underWay);
    try {
      return await send();
    } finally {
      underWay -= 1;
    }
  });
  const large = { bucket, key: 'parallel', source: content, partSize, stagedFrom: partSize };
  await upload(await watching(), { ...large, parallel: 2 }).done;
  expect(most).toBe(2);
  expect([...counts.values()]).toEqual([1, 1, 1, 1]);
});

test('a part that fails is sent again: a broken connection, a full server, bytes that changed on the way', async () => {
  const { client: watching, counts } = watchingParts(async (part, count, send) => {
    if (count > 1 || part === 4) return send();
    if (part === 1) throw new TypeError('The connection broke.');
    if (part === 2) return new Response('<Error><Code>SlowDown</Code></Error>', { status: 503 });
    const wrong = content.slice(2 * partSize, 3 * partSize);
    wrong[0] = (wrong[0] ?? 0) ^ 1;
    const refused = await send(wrong);
    expect(await refused.clone().text()).toContain('BadDigest');
    return refused;
  });
  const task = upload(await watching(), { bucket, key: 'unlucky', source: content, partSize, stagedFrom: partSize });
  await task.done;
  expect([1, 2, 3, 4].map((part) => counts.get(part))).toEqual([2, 2, 2, 1]);
  await expectStored('unlucky');
});

test('addresses that have expired are asked for anew', async () => {
  const { client: watching, counts } = watchingParts(async (_part, count, send) =>
    count === 1
      ? new Response('<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>', { status: 403 })
      : send(),
  );
  await upload(await watching(), { bucket, key: 'expired', source: content, partSize, stagedFrom: partSize }).done;
  expect([...counts.values()].every((count) => count === 2)).toBe(true);
  await expectStored('expired');
});

test('what is refused for good fails soon, and can be gone on with', async () => {
  const { client: watching, counts } = watchingParts(
    async () => new Response('<Error><Code>AccessDenied</Code><Message>No</Message></Error>', { status: 403 }),
  );
  const task = upload(await watching(), {
    ...{ bucket, key: 'refused', source: content, partSize, stagedFrom: partSize, parallel: 1 },
  });
  await expect(task.done).rejects.toMatchObject({ code: 'DENIED', status: 403, message: 'No' });
  expect(task.state).toBe('failed');
  expect(counts.get(1)).toBe(3);
  if (task.token === undefined) throw new Error('It was never started.');
  expect(await resumeUpload(client, task.token, { source: content }).done).toMatchObject({ key: 'refused' });
  await expectStored('refused');
});

test('an upload pauses, goes on, and sends only what is missing', async () => {
  const { client: watching, counts } = watchingParts(async (part, count, send) => {
    if (part === 3 && count === 1) task.pause();
    return send();
  });
  const task = upload(await watching(), {
    ...{ bucket, key: 'paused', source: content, partSize, stagedFrom: partSize, parallel: 1 },
  });
  await eventually(() => task.state === 'paused');
  const { upload: seen } = await client.query(GetUpload, { id: String(task.token?.uploadId) });
  expect(seen).toMatchObject({ state: 'OPEN', receivedBytes: 2 * partSize });
  task.resume();
  expect(task.state).toBe('running');
  await task.done;
  expect([1, 2, 3, 4].map((part) => counts.get(part))).toEqual([1, 1, 2, 1]);
  await expectStored('paused');
});

test('a small file pauses as well', async () => {
  let paused = 0;
  const pausing = await signedIn(async (url, init) => {
    if (init?.body instanceof ReadableStream && paused === 0) {
      paused += 1;
      task.pause();
    }
    return fetch(url, init);
  });
  const task = upload(pausing, { bucket, key: 'small-paused', source: new Blob(['abc']) });
  await eventually(() => task.state === 'paused');
  task.resume();
  expect(await task.done).toMatchObject({ size: 3 });
});

test('a token that went through JSON goes on with the same file elsewhere, and with no other', async () => {
  const file = new File([content], 'film.mp4', { lastModified: 1000 });
  const first = upload(client, {
    ...{ bucket, key: 'resumed', source: file, partSize, stagedFrom: partSize, parallel: 1 },
    onStarted: () => first.pause(),
  });
  await eventually(() => first.state === 'paused');
  const token: UploadToken = JSON.parse(JSON.stringify(first.token));
  const started: number[] = [];
  const other = await signedIn();
  for (const wrong of [
    new File([content], 'other.mp4', { lastModified: 1000 }),
    new File([content], 'film.mp4', { lastModified: 2000 }),
    new File([content.slice(1)], 'film.mp4', { lastModified: 1000 }),
  ]) {
    await expect(resumeUpload(other, token, { source: wrong }).done).rejects.toMatchObject({ code: 'SOURCE_CHANGED' });
  }
  const second = resumeUpload(other, token, { source: file, onProgress: ({ bytes }) => started.push(bytes) });
  await second.done;
  await expectStored('resumed');
  // Once it is there, the same token finds it.
  expect(await resumeUpload(other, token, { source: file }).done).toMatchObject({ key: 'resumed' });
});

/** An upload, one part of which has come in. */
async function begun(key: string, source = new Blob([content])): Promise<UploadToken> {
  const first = upload(client, {
    ...{ bucket, key, source, partSize, stagedFrom: partSize, parallel: 1 },
    onProgress: ({ bytes }) => bytes >= partSize && first.pause(),
  });
  await eventually(() => first.state === 'paused');
  return first.token as UploadToken;
}

test('other bytes of the same size are not mixed with what has come in, and the right ones go on', async () => {
  const token = await begun('unmixed');
  const other = new Uint8Array(content);
  other[partSize - 1] = (other[partSize - 1] ?? 0) ^ 1;
  const { client: watching, counts } = watchingParts((_part, _count, send) => send());
  const watched = await watching();
  for (const source of [new Blob([other]), other, streamOf(other)]) {
    await expect(resumeUpload(watched, token, { source, verify: false }).done).rejects.toMatchObject({
      code: 'SOURCE_CHANGED',
      message: expect.stringContaining('part 1'),
    });
  }
  expect(counts.size).toBe(0);
  await resumeUpload(watched, token, { source: new Blob([content]) }).done;
  expect([...counts.keys()].sort()).toEqual([2, 3, 4]);
  await expectStored('unmixed');
});

test('parts that cannot be compared are sent again, unless the file has the same name and date', async () => {
  const sent: string[] = [];
  const withoutDigests = await signedIn(async (url, init) => {
    if (init?.method === 'PUT') {
      sent.push(String(new URL(String(url)).searchParams.get('partNumber')));
      return fetch(url, init);
    }
    const { status, headers, ...answer } = await fetch(url, init).then(async (got) => ({
      ...{ status: got.status, headers: got.headers, text: await got.text() },
    }));
    return new Response(answer.text.replace(/"sha256":"[0-9a-f]+"/g, '"sha256":null'), { status, headers });
  });
  const token = await begun('uncompared');
  await resumeUpload(withoutDigests, token, { source: new Blob([content]), parallel: 1 }).done;
  expect(sent).toEqual(['1', '2', '3', '4']);
  const file = new File([content], 'film.mp4', { lastModified: 1000 });
  const named = await begun('uncompared-file', file);
  await resumeUpload(withoutDigests, named, { source: file, parallel: 1 }).done;
  expect(sent.slice(4)).toEqual(['2', '3', '4']);
  await expectStored('uncompared');
  await expectStored('uncompared-file');
});

test('a stream goes on as well, when it is given from its beginning', async () => {
  const first = upload(client, {
    ...{ bucket, key: 'stream', source: streamOf(content), size: content.length, partSize, stagedFrom: partSize },
    parallel: 1,
    onProgress: ({ bytes }) => bytes >= partSize && first.pause(),
  });
  await eventually(() => first.state === 'paused');
  const token = first.token as UploadToken;
  await resumeUpload(client, token, { source: streamOf(content) }).done;
  await expectStored('stream');
});

test('a cancelled upload leaves nothing behind, and an upload that is gone says so', async () => {
  const controller = new AbortController();
  const { client: watching } = watchingParts(async (_part, _count, send) => {
    controller.abort();
    return send();
  });
  const task = upload(await watching(), {
    ...{ bucket, key: 'cancelled', source: content, partSize, stagedFrom: partSize, signal: controller.signal },
  });
  await expect(task.done).rejects.toMatchObject({ name: 'AbortError' });
  expect(task.state).toBe('cancelled');
  const token = task.token as UploadToken;
  expect((await client.query(GetUpload, { id: token.uploadId })).upload).toBeNull();
  await expect(resumeUpload(client, token, { source: content }).done).rejects.toMatchObject({ code: 'NOT_FOUND' });
  const before = upload(client, { bucket, key: 'never', source: content, signal: AbortSignal.abort() });
  await expect(before.done).rejects.toMatchObject({ name: 'AbortError' });
  expect(before.token).toBeUndefined();
});

test('an upload that expires while it is paused says so', async () => {
  const task = upload(client, {
    ...{ bucket, key: 'late', source: content, partSize, stagedFrom: partSize, parallel: 1 },
    onStarted: () => task.pause(),
  });
  await eventually(() => task.state === 'paused');
  await expireUploads(server.granary, { olderThanSeconds: 0 });
  task.resume();
  await expect(task.done).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('what the server refuses comes as its code: no bucket, a condition, a stream of another length', async () => {
  const refused = [
    [{ bucket: 'there-is-none', key: 'a', source: content }, 'NOT_FOUND'],
    [{ bucket: 'there-is-none', key: 'a', source: content, stagedFrom: 1 }, 'NOT_FOUND'],
    [{ bucket, key: 'large', source: new Blob(['a']), ifNoneMatch: '*' }, 'PRECONDITION_FAILED'],
    [{ bucket, key: 'a', source: new Blob(['a']), sha256: '0'.repeat(64) }, 'DIGEST_MISMATCH'],
    [{ bucket, key: 'a', source: streamOf(content), stagedFrom: 10 }, 'INVALID_INPUT'],
    [{ bucket, key: 'a', source: streamOf(content), size: content.length + 1, stagedFrom: 10 }, 'SOURCE_CHANGED'],
    [{ bucket, key: 'a', source: streamOf(content), size: content.length - 1, stagedFrom: 10 }, 'SOURCE_CHANGED'],
    [{ bucket, key: 'a', source: streamOf(new Uint8Array(3)), size: 2 }, 'SOURCE_CHANGED'],
  ] as const;
  for (const [options, code] of refused) {
    await expect(upload(client, options).done).rejects.toMatchObject({ code });
  }
});

test('an empty file is uploaded whole and in parts', async () => {
  for (const stagedFrom of [1, 0]) {
    expect(await upload(client, { bucket, key: 'empty', source: new Blob([]), stagedFrom }).done).toMatchObject({
      size: 0,
    });
  }
});
