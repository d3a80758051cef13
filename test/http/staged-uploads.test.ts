import { createHash, randomBytes } from 'node:crypto';
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
} from '@aws-sdk/client-s3';
import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { expireUploads } from '../../src/operations/uploads/expire-uploads.js';
import { freePort } from '../support/emulators/free-port.js';
import { eventually } from '../support/process.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;

const part = 5 * 1024 * 1024;
const content = randomBytes(2 * part + 1000);
const digest = createHash('sha256').update(content).digest('hex');

beforeAll(async () => {
  server = await startTestServer({ s3Port: await freePort() });
  await server.s3.send(new CreateBucketCommand({ Bucket: 'staged' }));
});

afterAll(() => server?.stop());

const startMutation = `mutation($input: StartUploadInput!) { startUpload(input: $input) {
  upload { id state size partSize receivedBytes expiresAt partUrls { partNumber url offset size } }
  userErrors { code field message } } }`;

const completeMutation = `mutation($input: CompleteUploadInput!) { completeUpload(input: $input) {
  object { key size sha256 contentType metadata tags { key value } } userErrors { code field message } } }`;

interface PartUrl {
  partNumber: number;
  url: string;
  offset: number;
  size: number;
}

async function start(input: object, token?: string) {
  const whole = { bucket: 'staged', size: content.length, partSize: part, ...input };
  const { data, errors } = await server.graphql(startMutation, { input: whole }, token);
  expect(errors).toBeUndefined();
  return data.startUpload;
}

async function complete(input: object, token?: string) {
  const { data, errors } = await server.graphql(completeMutation, { input }, token);
  expect(errors).toBeUndefined();
  return data.completeUpload;
}

async function lookUp(id: string, token?: string) {
  const query = `query($id: ID!) { upload(id: $id) { id state receivedBytes
    parts(first: 10) { nodes { partNumber size } } partUrls { partNumber url offset size } } }`;
  const { data, errors } = await server.graphql(query, { id }, token);
  expect(errors).toBeUndefined();
  return data.upload;
}

async function send({ url, offset, size }: PartUrl): Promise<Response> {
  return fetch(url, { method: 'PUT', body: content.subarray(offset, offset + size) });
}

async function sendAll(urls: PartUrl[]): Promise<void> {
  for (const answer of await Promise.all(urls.map(send))) {
    expect(answer.status).toBe(200);
  }
}

test('a file goes in by part URLs, is gone on with after a reload, and comes out as it was', async () => {
  const { upload, userErrors } = await start({
    key: 'in/größe ?#.bin',
    contentType: 'application/x-thing',
    metadata: { author: 'Ann' },
    tags: [{ key: 'kind', value: 'test' }],
    sha256: digest,
  });
  expect(userErrors).toEqual([]);
  expect(upload).toMatchObject({ state: 'OPEN', size: content.length, partSize: part, receivedBytes: 0 });
  expect(upload.partUrls.map(({ partNumber }: PartUrl) => partNumber)).toEqual([1, 2, 3]);
  await sendAll([upload.partUrls[1]]);
  const resumed = await lookUp(upload.id);
  expect(resumed).toMatchObject({ receivedBytes: part, parts: { nodes: [{ partNumber: 2, size: part }] } });
  expect(resumed.partUrls.map(({ partNumber }: PartUrl) => partNumber)).toEqual([1, 3]);
  expect((await complete({ uploadId: upload.id })).userErrors).toMatchObject([{ code: 'DIGEST_MISMATCH' }]);
  await sendAll(resumed.partUrls);
  const done = await complete({ uploadId: upload.id });
  expect(done).toMatchObject({
    userErrors: [],
    object: { size: content.length, sha256: digest, contentType: 'application/x-thing', metadata: { author: 'Ann' } },
  });
  expect(await complete({ uploadId: upload.id })).toEqual(done);
  expect(await lookUp(upload.id)).toMatchObject({ state: 'COMPLETED', receivedBytes: content.length, partUrls: [] });
  const { Body } = await server.s3.send(new GetObjectCommand({ Bucket: 'staged', Key: 'in/größe ?#.bin' }));
  expect(Buffer.from((await Body?.transformToByteArray()) ?? []).equals(content)).toBe(true);
});

test('what S3 keeps of an object beside its bytes is taken, shown and changed in GraphQL', async () => {
  const [expires, websiteRedirectLocation] = ['Thu, 01 Jan 2032 00:00:00 GMT', '/elsewhere'];
  const { upload } = await start({ key: 'headers', size: 3, partSize: null, expires, websiteRedirectLocation });
  expect((await fetch(upload.partUrls[0].url, { method: 'PUT', body: 'abc' })).status).toBe(200);
  await complete({ uploadId: upload.id });
  const head = () => server.s3.send(new HeadObjectCommand({ Bucket: 'staged', Key: 'headers' }));
  expect(await head()).toMatchObject({ ExpiresString: expires, WebsiteRedirectLocation: websiteRedirectLocation });

  const rule = { id: 'end', expiration: { days: 3 } };
  const { data: ruled } = await server.graphql(
    'mutation($input: SetBucketLifecycleInput!) { setBucketLifecycle(input: $input) { userErrors { message } } }',
    { input: { bucket: 'staged', rules: [rule] } },
  );
  expect(ruled.setBucketLifecycle.userErrors).toEqual([]);
  const fields = 'expires websiteRedirectLocation expiresAt cacheControl metadata';
  const shown = await server.graphql(`{ object(bucket: "staged", key: "headers") { ${fields} } }`);
  expect(shown.data.object).toMatchObject({ expires, websiteRedirectLocation, cacheControl: null });
  const [, date = ''] = /expiry-date="([^"]*)"/.exec((await head()).Expiration ?? '') ?? [];
  expect(new Date(shown.data.object.expiresAt).getTime()).toBe(new Date(date).getTime());

  const change = async (more: object) => {
    const input = { bucket: 'staged', key: 'headers', metadata: { a: 'b' }, ...more };
    const mutation = `mutation($input: SetObjectMetadataInput!) { setObjectMetadata(input: $input) {
      object { expires websiteRedirectLocation metadata } userErrors { code field } } }`;
    return (await server.graphql(mutation, { input })).data.setObjectMetadata;
  };
  const kept = { expires, websiteRedirectLocation, metadata: { a: 'b' } };
  expect(await change({})).toEqual({ object: kept, userErrors: [] });
  expect(await change({ websiteRedirectLocation: 'https://example.com/' })).toMatchObject({
    object: { ...kept, websiteRedirectLocation: 'https://example.com/' },
  });
  expect(await change({ expires: '', websiteRedirectLocation: '' })).toMatchObject({
    object: { expires: null, websiteRedirectLocation: null },
  });
  expect(await change({ websiteRedirectLocation: 'nowhere' })).toEqual({
    object: null,
    userErrors: [{ code: 'INVALID_INPUT', field: ['input', 'websiteRedirectLocation'] }],
  });
});

test('keys with dots for segments are uploaded as well', async () => {
  const { upload } = await start({ key: 'a/../b', size: 3 });
  expect((await fetch(upload.partUrls[0].url, { method: 'PUT', body: 'abc' })).status).toBe(200);
  expect((await complete({ uploadId: upload.id })).object).toMatchObject({ key: 'a/../b', size: 3 });
});

test('a page of any origin may send parts by their URLs, and nothing else', async () => {
  const { upload } = await start({ key: 'cors', size: 3 });
  const [{ url }] = upload.partUrls;
  const origin = 'https://app.example.com';
  const asked = { origin, 'access-control-request-method': 'PUT', 'access-control-request-headers': 'content-type' };
  const preflight = await fetch(url, { method: 'OPTIONS', headers: asked });
  expect(preflight.status).toBe(200);
  expect(preflight.headers.get('access-control-allow-origin')).toBe('*');
  expect(preflight.headers.get('access-control-allow-headers')).toBe('content-type');
  const sent = await fetch(url, { method: 'PUT', headers: { origin }, body: 'abc' });
  expect(sent.headers.get('access-control-allow-origin')).toBe('*');
  expect(sent.headers.get('access-control-expose-headers')).toContain('ETag');
  const foreign = { ...asked, 'access-control-request-method': 'DELETE' };
  expect((await fetch(url, { method: 'OPTIONS', headers: foreign })).status).toBe(403);
  const forged = url.replace(/X-Granary-Upload=[^&]{4}/, 'X-Granary-Upload=AAAA');
  expect((await fetch(forged, { method: 'OPTIONS', headers: asked })).status).toBe(403);
});

test('a part URL is good for its part alone and for its time', async () => {
  const { upload } = await start({ key: 'bound', size: 2 * part });
  const [{ url }, second] = upload.partUrls as [PartUrl, PartUrl];
  const other = url.replace('partNumber=1', 'partNumber=2');
  for (const [method, address] of [
    ['PUT', other],
    ['GET', url],
    ['DELETE', url],
    ['PUT', url.replace('/bound?', '/other?')],
    ['PUT', url.replace(/\?.*X-Granary/, '?X-Granary')],
    ['PUT', `${url}x`],
  ] as const) {
    const { status } = await fetch(address, { method, ...(method === 'PUT' ? { body: 'abc' } : {}) });
    expect(status).toBeGreaterThanOrEqual(403);
  }
  const copied = await fetch(url, { method: 'PUT', headers: { 'x-amz-copy-source': 'staged/cors' } });
  expect(copied.status).toBe(403);
  const query = `query($id: ID!) { upload(id: $id) { partUrls(partNumbers: [1], expiresIn: 1) { url } } }`;
  const { data } = await server.graphql(query, { id: upload.id });
  await eventually(async () => {
    const late = await fetch(data.upload.partUrls[0].url, { method: 'PUT', body: 'abc' });
    return late.status === 403;
  });
  expect((await send(second)).status).toBe(200);
});

test('a part URL is no good any more when its maker may not write any more', async () => {
  await server.graphql(
    `mutation { createUser(input: { username: "ann", password: "a long enough password 1", role: MEMBER }) {
      userErrors { message } } }`,
  );
  const ann = await server.login('ann', 'a long enough password 1');
  await server.graphql('mutation { createBucket(input: { name: "anns" }) { userErrors { message } } }', {}, ann);
  const { upload } = await start({ bucket: 'anns', key: 'file', size: 3 }, ann);
  const put = () => fetch(upload.partUrls[0].url, { method: 'PUT', body: 'abc' });
  expect((await put()).status).toBe(200);
  const { data } = await server.graphql(
    'mutation { disableUser(input: { username: "ann" }) { userErrors { message } } }',
  );
  expect(data.disableUser.userErrors).toEqual([]);
  expect((await put()).status).toBe(403);
});

test('sizes, part sizes and digests that cannot be are refused at once', async () => {
  const most = server.settings.maxUploadSize;
  for (const [input, code, field] of [
    [{ size: most + 1, partSize: null }, 'TOO_LARGE', 'size'],
    [{ size: -1 }, 'INVALID_INPUT', 'size'],
    [{ partSize: 1024 }, 'INVALID_INPUT', 'partSize'],
    [{ size: most, partSize: part }, 'INVALID_INPUT', 'partSize'],
    [{ sha256: 'abc' }, 'INVALID_INPUT', 'sha256'],
    [{ ifNoneMatch: 'abc' }, 'INVALID_INPUT', 'ifNoneMatch'],
  ] as const) {
    expect(await start({ key: 'wrong', ...input })).toMatchObject({
      upload: null,
      userErrors: [{ code, field: ['input', field] }],
    });
  }
});

test('a size that is not the announced one is refused at the end, and ifNoneMatch holds until then', async () => {
  const { upload } = await start({ key: 'short', size: 10, ifNoneMatch: '*' });
  const [{ url }] = upload.partUrls;
  await fetch(url, { method: 'PUT', body: '123' });
  expect((await complete({ uploadId: upload.id })).userErrors).toMatchObject([{ code: 'INVALID_INPUT' }]);
  await fetch(url, { method: 'PUT', body: '1234567890' });
  const { upload: first } = await start({ key: 'short', size: 3 });
  await fetch(first.partUrls[0].url, { method: 'PUT', body: 'abc' });
  const { object } = await complete({ uploadId: first.id, ifNoneMatch: '*' });
  expect(object.size).toBe(3);
  expect((await complete({ uploadId: upload.id })).userErrors).toMatchObject([{ code: 'PRECONDITION_FAILED' }]);
  const wrong = await complete({ uploadId: upload.id, sha256: digest });
  expect(wrong.userErrors).toMatchObject([{ code: 'DIGEST_MISMATCH', field: ['input', 'sha256'] }]);
});

test('the parts are read once for all who complete an upload with a digest, until one of them is another', async () => {
  // A bucket of its own: what another one has read of the same parts does not count.
  await server.s3.send(new CreateBucketCommand({ Bucket: 'digested' }));
  const { upload } = await start({ bucket: 'digested', key: 'digested' });
  await sendAll(upload.partUrls);
  const { store } = server.granary;
  const digestStored = store.digest.bind(store);
  let readings = 0;
  store.digest = (bytes) => {
    readings += 1;
    return digestStored(bytes);
  };
  const wrong = { uploadId: upload.id, sha256: digest.replaceAll(/./g, '0') };
  const mismatch = { userErrors: [{ code: 'DIGEST_MISMATCH' }] };
  for (const answer of await Promise.all([1, 2, 3, 4].map(() => complete(wrong)))) {
    expect(answer).toMatchObject(mismatch);
  }
  expect(await complete(wrong)).toMatchObject(mismatch);
  expect(readings).toBe(1);
  const [first] = upload.partUrls;
  await fetch(first.url, { method: 'PUT', body: Buffer.alloc(first.size) });
  expect(await complete({ ...wrong, sha256: digest })).toMatchObject(mismatch);
  await send(first);
  expect(await complete({ ...wrong, sha256: digest })).toMatchObject({ object: { sha256: digest }, userErrors: [] });
  expect(readings).toBe(2);
  store.digest = digestStored;
});

test('what is aborted or expired is gone, and its URLs with it', async () => {
  const { upload } = await start({ key: 'gone', size: 3 });
  const abort = 'mutation($id: ID!) { abortUpload(input: { uploadId: $id }) { uploadId userErrors { code } } }';
  const { data } = await server.graphql(abort, { id: upload.id });
  expect(data.abortUpload).toEqual({ uploadId: upload.id, userErrors: [] });
  expect(await lookUp(upload.id)).toBeNull();
  expect((await fetch(upload.partUrls[0].url, { method: 'PUT', body: 'abc' })).status).toBe(404);
  const again = await server.graphql(abort, { id: upload.id });
  expect(again.data.abortUpload.userErrors).toEqual([{ code: 'NOT_FOUND' }]);
  const { upload: late } = await start({ key: 'late', size: 3 });
  expect(await expireUploads(server.granary, { olderThanSeconds: 0 })).toBeGreaterThan(0);
  expect(await lookUp(late.id)).toBeNull();
  const { Uploads = [] } = await server.s3.send(new ListMultipartUploadsCommand({ Bucket: 'staged' }));
  expect(Uploads).toEqual([]);
});

test('32: another tenant’s upload id is as if it did not exist', async () => {
  const { upload } = await start({ key: 'private', size: 3 });
  await server.graphql('mutation { createTenant(input: { name: "strangers" }) { userErrors { message } } }');
  await server.graphql(
    `mutation { createUser(input: { tenant: "strangers", username: "eve", password: "a long enough password 1",
      role: TENANT_ADMINISTRATOR }) { userErrors { message } } }`,
  );
  const eve = await server.login('eve', 'a long enough password 1', 'strangers');
  expect(await lookUp(upload.id, eve)).toBeNull();
  const unknown = upload.id.replace(/.$/, (last: string) => (last === '0' ? '1' : '0'));
  for (const mutation of ['abortUpload', 'completeUpload']) {
    const ask = async (id: string) => {
      const text = `mutation($id: ID!) { ${mutation}(input: { uploadId: $id }) { userErrors { code message } } }`;
      return JSON.stringify((await server.graphql(text, { id }, eve)).data[mutation]).replaceAll(id, 'ID');
    };
    expect(await ask(upload.id)).toBe(await ask(unknown));
  }
  expect(await lookUp(upload.id)).not.toBeNull();
});

function subscriber(token: string) {
  return createClient({
    url: `${server.httpUrl.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${token}` },
    retryAttempts: 0,
  });
}

/** The first thing that a subscription tells. */
async function firstOf(query: string, variables: Record<string, unknown>, token: string): Promise<unknown> {
  const client = subscriber(token);
  for await (const result of client.iterate({ query, variables })) {
    await client.dispose();
    return result;
  }
  return undefined;
}

test('progress is told as parts come in, and ends with the upload', async () => {
  const { upload } = await start({ key: 'watched' });
  const client = subscriber(await server.login());
  const seen: { receivedBytes: number; state: string }[] = [];
  const watching = (async () => {
    const query = 'subscription($id: ID!) { uploadProgress(uploadId: $id) { receivedBytes state } }';
    for await (const { data, errors } of client.iterate({ query, variables: { id: upload.id } })) {
      expect(errors).toBeUndefined();
      seen.push((data as { uploadProgress: (typeof seen)[number] }).uploadProgress);
    }
  })();
  await eventually(() => seen.length === 1);
  await sendAll(upload.partUrls.slice(0, 2));
  await eventually(() => seen.at(-1)?.receivedBytes === 2 * part);
  await sendAll(upload.partUrls.slice(2));
  await complete({ uploadId: upload.id });
  await watching;
  expect(seen[0]).toEqual({ receivedBytes: 0, state: 'OPEN' });
  expect(seen.at(-1)).toEqual({ receivedBytes: content.length, state: 'COMPLETED' });
  await client.dispose();
});

test('who may only write an object starts, sends, looks at and completes its upload, and a refused start leaves none', async () => {
  const made = await server.graphql(`mutation {
    createUser(input: { username: "bob", password: "correct horse", role: MEMBER }) { userErrors { message } }
    createBucket(input: { name: "letterbox" }) { userErrors { message } }
    putBucketPolicy(input: { bucket: "letterbox", policy: { Version: "2012-10-17", Statement: [{
      Effect: "Allow", Principal: { AWS: "arn:aws:iam::default:user/bob" },
      Action: "s3:PutObject", Resource: "arn:aws:s3:::letterbox/in/*" }] } }) { userErrors { message } } }`);
  expect(made.data.putBucketPolicy.userErrors).toEqual([]);
  const bob = await server.login('bob', 'correct horse');
  const { upload, userErrors } = await start({ bucket: 'letterbox', key: 'in/letter', size: 3, partSize: null }, bob);
  expect(userErrors).toEqual([]);
  expect((await fetch(upload.partUrls[0].url, { method: 'PUT', body: 'abc' })).status).toBe(200);
  expect(await lookUp(upload.id, bob)).toMatchObject({ state: 'OPEN', receivedBytes: 3, parts: null, partUrls: [] });
  const watch = 'subscription($id: ID!) { uploadProgress(uploadId: $id) { receivedBytes } }';
  const progress = await firstOf(watch, { id: upload.id }, bob);
  expect(progress).toMatchObject({ data: { uploadProgress: { receivedBytes: 3 } } });
  const done = await complete({ uploadId: upload.id }, bob);
  expect(done).toMatchObject({ userErrors: [], object: { key: 'in/letter', size: 3, tags: null, metadata: null } });

  const refused = await start({ bucket: 'letterbox', key: 'out/letter', size: 3, partSize: null }, bob);
  expect(refused).toMatchObject({ upload: null, userErrors: [{ code: 'DENIED' }] });
  const { Uploads } = await server.s3.send(new ListMultipartUploadsCommand({ Bucket: 'letterbox' }));
  expect(Uploads ?? []).toEqual([]);
});

test('who began an upload may end it with the right to write, unless a policy denies that', async () => {
  const names = ['erin', 'fay', 'gus'];
  const principals = names.map((name) => `arn:aws:iam::default:user/${name}`);
  const rule = (Effect: string, Action: string, AWS: string[]) => ({
    ...{ Effect, Action, Principal: { AWS }, Resource: 'arn:aws:s3:::drop/*' },
  });
  const abortDenied = rule('Deny', 's3:AbortMultipartUpload', principals.slice(2));
  const Statement = [rule('Allow', 's3:PutObject', principals), abortDenied];
  const made = await server.graphql(
    `mutation($policy: JSON!) {
      ${names.map((name) => `${name}: createUser(input: { username: "${name}", password: "correct horse", role: MEMBER }) { userErrors { message } }`).join(' ')}
      createBucket(input: { name: "drop" }) { userErrors { message } }
      putBucketPolicy(input: { bucket: "drop", policy: $policy }) { userErrors { message } } }`,
    { policy: { Version: '2012-10-17', Statement } },
  );
  expect(made.data.putBucketPolicy.userErrors).toEqual([]);
  const [erin, fay, gus] = await Promise.all(names.map((name) => server.login(name, 'correct horse')));
  const abort = async (id: string, token?: string) => {
    const text = 'mutation($id: ID!) { abortUpload(input: { uploadId: $id }) { userErrors { code } } }';
    return (await server.graphql(text, { id }, token)).data.abortUpload.userErrors;
  };
  const begin = async (token?: string) => (await start({ bucket: 'drop', key: 'letter', size: 3 }, token)).upload.id;
  const [ofErin, ofGus] = [await begin(erin), await begin(gus)];
  expect(await abort(ofErin, fay)).toEqual([{ code: 'DENIED' }]);
  expect(await abort(ofGus, gus)).toEqual([{ code: 'DENIED' }]);
  expect(await abort(ofErin, erin)).toEqual([]);
  expect(await abort(ofGus)).toEqual([]);
  const tus = { authorization: `Bearer ${erin}`, 'tus-resumable': '1.0.0' };
  const begun = await fetch(`${server.httpUrl}/files?bucket=drop&key=by-tus`, {
    method: 'POST',
    headers: { ...tus, 'upload-length': '3' },
  });
  const ended = await fetch(begun.headers.get('location') ?? '', { method: 'DELETE', headers: tus });
  expect([begun.status, ended.status]).toEqual([201, 204]);
  const { Uploads = [] } = await server.s3.send(new ListMultipartUploadsCommand({ Bucket: 'drop' }));
  expect(Uploads).toEqual([]);
});

test('an upload shows its bucket to who may see it, and gives addresses to who may write', async () => {
  const policy = {
    Version: '2012-10-17',
    Statement: [
      { carol: 's3:PutObject', at: 'slot/*' },
      { dan: ['s3:ListBucket', 's3:ListBucketMultipartUploads'], at: 'slot' },
      { dan: 's3:ListMultipartUploadParts', at: 'slot/*' },
    ].map(({ at, ...who }) => {
      const [[name, Action] = []] = Object.entries(who);
      const Principal = { AWS: `arn:aws:iam::default:user/${name}` };
      return { Effect: 'Allow', Principal, Action, Resource: `arn:aws:s3:::${at}` };
    }),
  };
  const made = await server.graphql(
    `mutation($policy: JSON!) {
      carol: createUser(input: { username: "carol", password: "correct horse", role: MEMBER }) { userErrors { message } }
      dan: createUser(input: { username: "dan", password: "correct horse", role: MEMBER }) { userErrors { message } }
      createBucket(input: { name: "slot" }) { userErrors { message } }
      putBucketPolicy(input: { bucket: "slot", policy: $policy }) { userErrors { message } } }`,
    { policy },
  );
  expect(made.data.putBucketPolicy.userErrors).toEqual([]);
  const [carol, dan] = await Promise.all(['carol', 'dan'].map((name) => server.login(name, 'correct horse')));
  const { upload } = await start({ bucket: 'slot', key: 'letter', size: 3, partSize: null }, carol);
  const shown = 'bucket { name versioning } partUrls { partNumber }';
  const one = await server.graphql(`query($id: ID!) { upload(id: $id) { ${shown} } }`, { id: upload.id }, carol);
  expect(one).toMatchObject({ data: { upload: { bucket: null, partUrls: [{ partNumber: 1 }] } } });
  const list = `{ bucket(name: "slot") { uploads(first: 10) { nodes { id ${shown} } } } }`;
  const bucket = { name: 'slot', versioning: 'UNVERSIONED' };
  const node = { id: upload.id, bucket, partUrls: null };
  const { data, errors } = await server.graphql(list, {}, dan);
  expect([errors, data]).toEqual([undefined, { bucket: { uploads: { nodes: [node] } } }]);
});

test('an upload is nobody’s to see who may neither list its parts nor send them', async () => {
  const { upload } = await start({ key: 'private', size: 3, partSize: null });
  const bob = await server.login('bob', 'correct horse');
  const { data, errors } = await server.graphql('query($id: ID!) { upload(id: $id) { key } }', { id: upload.id }, bob);
  expect([data.upload, errors?.[0]?.extensions?.code]).toEqual([null, 'DENIED']);
});
