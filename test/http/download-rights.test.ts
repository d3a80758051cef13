import { randomBytes } from 'node:crypto';
import {
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import {
  CopyObject,
  createClient,
  downloadUrl,
  GetObject,
  ListFolder,
  ListObjects,
  Search,
  signIn,
  upload,
} from '../../packages/client/src/index.js';
import { indexAll } from '../operations/search/search-fixture.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
let member: string;

beforeAll(async () => {
  server = await startTestServer();
  await server.graphql('mutation { createBucket(input: { name: "shelf" }) { userErrors { message } } }');
  await server.s3.send(new PutObjectCommand({ Bucket: 'shelf', Key: 'page', Body: 'secret' }));
  await server.graphql(
    'mutation { createUser(input: { username: "mia", password: "correct horse", role: MEMBER }) { userErrors { message } } }',
  );
  member = await server.login('mia', 'correct horse');
});

afterAll(async () => server.stop());

/** Lets the member do these things with the bucket and its objects. */
async function allow(...actions: string[]): Promise<void> {
  await allowEach({ actions, resource: 'shelf' }, { actions, resource: 'shelf/*' });
}

async function allowEach(...rights: { actions: string[]; resource: string }[]): Promise<void> {
  const Statement = rights.map(({ actions: Action, resource }) => ({
    Effect: 'Allow',
    Principal: { AWS: 'arn:aws:iam::default:user/mia' },
    Action,
    Resource: `arn:aws:s3:::${resource}`,
  }));
  const policy = { Version: '2012-10-17', Statement };
  const mutation =
    'mutation($input: PutBucketPolicyInput!) { putBucketPolicy(input: $input) { userErrors { message } } }';
  const { data } = await server.graphql(mutation, { input: { bucket: 'shelf', policy } });
  expect(data.putBucketPolicy.userErrors).toEqual([]);
}

/** How many refusals can be looked up. */
async function denials(): Promise<number> {
  const { data } = await server.graphql('{ auditLog(first: 100, filter: { outcome: DENIED }) { nodes { id } } }');
  return data.auditLog.nodes.length;
}

const single = '{ object(bucket: "shelf", key: "page") { downloadUrl } }';

const hidden = 'metadata sha256 tags { key } downloadUrl versions(first: 1) { nodes { key } totalCount }';
const nothing = { key: 'page', metadata: null, sha256: null, tags: null, downloadUrl: null, versions: null };

test('who may only list sees the page, with null for what it may not read, and the log has no denials of it', async () => {
  await allow('s3:ListBucket');
  const page = `{ bucket(name: "shelf") { objects(first: 1) { nodes { key ${hidden} } } } }`;
  const before = await denials();
  const { data, errors } = await server.graphql(page, {}, member);
  expect([errors, data.bucket.objects.nodes]).toEqual([undefined, [nothing]]);
  expect(await denials()).toBe(before);
});

test('who may read versions by their ids, but not the object, gets no link to it from a list', async () => {
  await allow('s3:ListBucket', 's3:GetObjectVersion');
  const { data } = await server.graphql(
    `{ bucket(name: "shelf") { objects(first: 1) { nodes { key ${hidden} } } } }`,
    {},
    member,
  );
  expect(JSON.stringify(data ?? null)).not.toContain('/download/');
  expect((await server.graphql(single, {}, member)).errors?.[0]?.extensions?.code).toBe('DENIED');
});

test('one object that may not be read leaves the others of the page as they are', async () => {
  await server.s3.send(new PutObjectCommand({ Bucket: 'shelf', Key: 'open/page', Body: 'open', Tagging: 'a=b' }));
  await allowEach(
    { actions: ['s3:ListBucket'], resource: 'shelf' },
    { actions: ['s3:GetObject', 's3:GetObjectTagging'], resource: 'shelf/open/*' },
  );
  const page = '{ bucket(name: "shelf") { objects(first: 5) { nodes { key metadata tags { value } } } } }';
  const { data, errors } = await server.graphql(page, {}, member);
  expect(errors).toBeUndefined();
  expect(data.bucket.objects.nodes).toEqual([
    { key: 'open/page', metadata: {}, tags: [{ value: 'b' }] },
    { key: 'page', metadata: null, tags: null },
  ]);
  await server.s3.send(new DeleteObjectCommand({ Bucket: 'shelf', Key: 'open/page' }));
});

test('a mutation that was done is answered as done, with null for what may not be read of the object', async () => {
  await allow('s3:ListBucket', 's3:GetObject', 's3:PutObject', 's3:DeleteObject');
  const target = { bucket: 'shelf', key: 'moved' };
  const move =
    'mutation($input: MoveObjectInput!) { moveObject(input: $input) { object { key metadata tags { key } } userErrors { code } } }';
  const moved = await server.graphql(move, { input: { source: { bucket: 'shelf', key: 'page' }, target } }, member);
  const object = { key: 'moved', metadata: {}, tags: null };
  expect(moved).toMatchObject({ data: { moveObject: { object, userErrors: [] } } });
  expect(moved.errors).toBeUndefined();
  await server.graphql(move, { input: { source: target, target: { bucket: 'shelf', key: 'page' } } });

  await allow('s3:PutObjectTagging');
  const tag = `mutation { setObjectTags(input: { bucket: "shelf", key: "page", tags: [] }) { object { key ${hidden} } } }`;
  const { data, errors } = await server.graphql(tag, {}, member);
  expect([errors, data.setObjectTags.object]).toEqual([undefined, nothing]);
});

test('the client package uploads, copies, lists and searches without the right to read tags', async () => {
  await allow('s3:ListBucket', 's3:GetObject', 's3:PutObject');
  const client = createClient({ url: server.httpUrl });
  await signIn(client, { username: 'mia', password: 'correct horse' });
  const source = { bucket: 'shelf', key: 'sent' };
  const sent = await upload(client, { ...source, source: new Blob(['hello']) }).done;
  expect(sent).toMatchObject({ key: 'sent', tags: null });
  const copy = await client.mutate(CopyObject, { input: { source, target: { bucket: 'shelf', key: 'copy' } } });
  expect(copy.copyObject.object).toMatchObject({ key: 'copy', metadata: {}, tags: null });
  const { bucket } = await client.query(ListObjects, { bucket: 'shelf' });
  expect(bucket?.objects.nodes.map(({ key }) => key)).toEqual(['copy', 'page', 'sent']);
  expect((await client.query(ListFolder, { bucket: 'shelf' })).bucket?.entries.nodes).toHaveLength(3);
  expect((await client.query(GetObject, source)).object).toMatchObject({ key: 'sent', tags: null });
  await indexAll(server);
  expect((await client.query(Search, { text: 'copy' })).search.nodes).toMatchObject([{ key: 'copy', tags: null }]);
  await allow('s3:ListBucket', 's3:GetObjectAcl');
  await expect(downloadUrl(client, source)).rejects.toMatchObject({ code: 'DENIED' });
  client.close();
});

test('what needs no key is known of an object that only its writer can open, and what needs it is null', async () => {
  const customer = { SSECustomerAlgorithm: 'AES256', SSECustomerKey: randomBytes(32).toString('base64') };
  await server.s3.send(new CreateBucketCommand({ Bucket: 'sealed' }));
  const put = { Bucket: 'sealed', Key: 'whole', Body: 'secret', Metadata: { a: 'b' } };
  await server.s3.send(new PutObjectCommand({ ...put, ...customer }));
  const place = { Bucket: 'sealed', Key: 'parts' };
  const { UploadId } = await server.s3.send(new CreateMultipartUploadCommand({ ...place, ...customer }));
  const Parts: CompletedPart[] = [];
  for (const [index, size] of [5 * 1024 * 1024, 6].entries()) {
    const part = { ...place, UploadId, PartNumber: index + 1, Body: Buffer.alloc(size), ...customer };
    const { ETag } = await server.s3.send(new UploadPartCommand(part));
    Parts.push({ PartNumber: index + 1, ETag });
  }
  const MultipartUpload = { Parts };
  await server.s3.send(new CompleteMultipartUploadCommand({ ...place, UploadId, MultipartUpload, ...customer }));

  const fields = '{ key size metadata sha256 downloadUrl archive { format } encryption { algorithm } }';
  const { data, errors } = await server.graphql(`{ object(bucket: "sealed", key: "whole") ${fields}
    bucket(name: "sealed") { object(key: "parts") ${fields} objects(first: 5) { nodes ${fields} } } }`);
  expect(errors).toBeUndefined();
  const known = { size: expect.any(Number), downloadUrl: null, archive: null, encryption: { algorithm: 'CUSTOMER' } };
  const parts = { ...known, key: 'parts', metadata: {}, sha256: null };
  const whole = { ...known, key: 'whole', metadata: { a: 'b' }, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) };
  expect(data).toEqual({ object: whole, bucket: { object: parts, objects: { nodes: [parts, whole] } } });

  const remove =
    'mutation { deleteObject(input: { bucket: "sealed", key: "whole" }) { object { key } userErrors { code } } }';
  expect((await server.graphql(remove)).data.deleteObject).toEqual({ object: { key: 'whole' }, userErrors: [] });
});

test('a version in the trash is found by its id by who may read it, and its bytes once it is restored', async () => {
  await server.graphql('mutation { createBucket(input: { name: "bin" }) { userErrors { code } } }');
  await server.graphql(
    'mutation { updateBucket(input: { bucket: "bin", trashSeconds: 3600 }) { userErrors { code } } }',
  );
  await server.s3.send(new PutObjectCommand({ Bucket: 'bin', Key: 'gone', Body: 'gone' }));
  await server.s3.send(new DeleteObjectCommand({ Bucket: 'bin', Key: 'gone' }));
  const fields = 'id key versionId deletedAt purgeAt downloadUrl archive { format } sha256';
  const listed = await server.graphql(`{ bucket(name: "bin") { trash(first: 1) { nodes { ${fields} } } } }`);
  expect(listed.errors).toBeUndefined();
  const [trashed] = listed.data.bucket.trash.nodes;
  expect(trashed).toMatchObject({ key: 'gone', deletedAt: expect.any(String), downloadUrl: null, archive: null });
  const node = `query($id: ID!) { node(id: $id) { ... on StoredObject { ${fields} } } }`;
  expect((await server.graphql(node, { id: trashed.id })).data.node).toEqual(trashed);
  expect((await server.graphql(node, { id: trashed.id }, member)).data.node).toBeNull();
  const restore = `mutation { restoreObject(input: { bucket: "bin", key: "gone" }) { object { downloadUrl } } }`;
  const { data } = await server.graphql(restore);
  expect(await (await fetch(data.restoreObject.object.downloadUrl)).text()).toBe('gone');
});

test('a link reads with the rights that its maker has when it is used', async () => {
  await allow('s3:ListBucket', 's3:GetObject');
  const { data } = await server.graphql(single, {}, member);
  const url = data.object.downloadUrl;
  const allowed = await fetch(url);
  expect([allowed.status, await allowed.text()]).toEqual([200, 'secret']);

  await allow('s3:ListBucket');
  const denied = await fetch(url);
  expect(denied.status).toBe(403);
  expect(await denied.text()).not.toContain('secret');
});

test('a link is worth nothing when its maker was disabled', async () => {
  await allow('s3:ListBucket', 's3:GetObject');
  const { data } = await server.graphql(single, {}, member);
  await server.granary.database.pool.query(`UPDATE user_account SET disabled = true WHERE username = 'mia'`);
  server.granary.credentials.clear();
  expect((await fetch(data.object.downloadUrl)).status).toBe(403);
});
