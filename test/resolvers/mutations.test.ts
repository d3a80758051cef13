import { GetObjectAclCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { sendForm } from '../http/multipart.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { putTestObjects } from './objects.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
  await server.graphql(
    'mutation { createBucket(input: { name: "one", versioning: ENABLED }) { userErrors { code } } }',
  );
  await server.graphql('mutation { createBucket(input: { name: "two" }) { userErrors { code } } }');
  await putTestObjects(server, 'one', ['source', 'moving', 'doomed', 'tagged']);
});

afterAll(async () => server.stop());

async function mutate(name: string, type: string, fields: string, input: object) {
  const query = `mutation($input: ${type}!) { ${name}(input: $input) { ${fields} userErrors { code field message } } }`;
  const { data, errors } = await server.graphql(query, { input });
  expect(errors).toBeUndefined();
  return data[name];
}

test('copies keep what is not replaced', async () => {
  const fields = 'object { key size metadata tags { key value } bucket { name } }';
  const source = { bucket: 'one', key: 'source' };
  const target = { bucket: 'two', key: 'copy' };
  const copied = await mutate('copyObject', 'CopyObjectInput', fields, { source, target, metadata: { a: 'b' } });
  expect(copied.userErrors).toEqual([]);
  expect(copied.object).toEqual({ key: 'copy', size: 1, metadata: { a: 'b' }, tags: [], bucket: { name: 'two' } });
  const once = await mutate('copyObject', 'CopyObjectInput', fields, { source, target, ifNoneMatch: '*' });
  expect(once).toMatchObject({ object: null, userErrors: [{ code: 'PRECONDITION_FAILED' }] });
  const missing = await mutate('copyObject', 'CopyObjectInput', fields, {
    source: { bucket: 'one', key: 'no' },
    target,
  });
  expect(missing.userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
});

describe('an object with everything that can be said of it', () => {
  let keyId: string;

  beforeAll(async () => {
    const key = await mutate('createEncryptionKey', 'CreateEncryptionKeyInput', 'encryptionKey { keyId }', {
      name: 'letters',
    });
    keyId = key.encryptionKey.keyId;
    const bucket = 'rich';
    await mutate('createBucket', 'CreateBucketInput', '', { name: bucket, versioning: 'ENABLED' });
    await mutate('setBucketOwnership', 'SetBucketOwnershipInput', '', { bucket, ownership: 'OBJECT_WRITER' });
    await write('rich');
  });

  const write = (Key: string) =>
    server.s3.send(
      new PutObjectCommand({
        ...{ Bucket: 'rich', Key, Body: Key, ACL: 'public-read', StorageClass: 'STANDARD_IA' },
        ...{ ServerSideEncryption: 'aws:kms', SSEKMSKeyId: keyId, WebsiteRedirectLocation: '/elsewhere' },
      }),
    );

  async function saidOf(Bucket: string, Key: string) {
    const head = await server.s3.send(new HeadObjectCommand({ Bucket, Key }));
    const { StorageClass, ServerSideEncryption, SSEKMSKeyId, WebsiteRedirectLocation, Metadata } = head;
    return { StorageClass, ServerSideEncryption, SSEKMSKeyId, WebsiteRedirectLocation, Metadata };
  }

  async function isPublic(Key: string): Promise<boolean> {
    const { Grants = [] } = await server.s3.send(new GetObjectAclCommand({ Bucket: 'rich', Key }));
    return Grants.some(({ Grantee }) => Grantee?.URI?.endsWith('/AllUsers'));
  }

  test('keeps it when its metadata is replaced', async () => {
    const before = await saidOf('rich', 'rich');
    expect(before).toMatchObject({ StorageClass: 'STANDARD_IA', WebsiteRedirectLocation: '/elsewhere' });
    const input = { bucket: 'rich', key: 'rich', metadata: { a: 'b' } };
    expect((await mutate('setObjectMetadata', 'SetObjectMetadataInput', '', input)).userErrors).toEqual([]);
    expect(await saidOf('rich', 'rich')).toEqual({ ...before, Metadata: { a: 'b' } });
    expect(await isPublic('rich')).toBe(true);
  });

  test('keeps it when a former version is made the current one, but for who may read it', async () => {
    await write('former');
    const before = await saidOf('rich', 'former');
    await server.s3.send(new PutObjectCommand({ Bucket: 'rich', Key: 'former', Body: 'plain' }));
    const input = { bucket: 'rich', key: 'former' };
    expect((await mutate('promoteVersion', 'PromoteVersionInput', '', input)).userErrors).toEqual([]);
    expect(await saidOf('rich', 'former')).toEqual(before);
    expect(await isPublic('former')).toBe(false);
  });

  test('is copied with it, but for who may read it, and the other bucket says how it seals', async () => {
    const before = await saidOf('rich', 'rich');
    const source = { bucket: 'rich', key: 'rich' };
    const target = { bucket: 'rich', key: 'copied' };
    expect((await mutate('copyObject', 'CopyObjectInput', '', { source, target })).userErrors).toEqual([]);
    expect(await saidOf('rich', 'copied')).toEqual(before);
    expect(await isPublic('copied')).toBe(false);

    await mutate('createBucket', 'CreateBucketInput', '', { name: 'sealed' });
    const encryption = { algorithm: 'AES256' };
    await mutate('setBucketEncryption', 'SetBucketEncryptionInput', '', { bucket: 'sealed', encryption });
    const abroad = { source, target: { bucket: 'sealed', key: 'copied' }, storageClass: 'GLACIER_IR' };
    expect((await mutate('copyObject', 'CopyObjectInput', '', abroad)).userErrors).toEqual([]);
    expect(await saidOf('sealed', 'copied')).toEqual({
      ...{ ...before, StorageClass: 'GLACIER_IR' },
      ...{ ServerSideEncryption: 'AES256', SSEKMSKeyId: undefined },
    });
  });
});

test('a move leaves nothing behind', async () => {
  const input = { source: { bucket: 'one', key: 'moving' }, target: { bucket: 'two', key: 'moved' } };
  expect((await mutate('moveObject', 'MoveObjectInput', 'object { key }', input)).object).toEqual({ key: 'moved' });
  const { data } = await server.graphql('{ object(bucket: "one", key: "moving") { key } }');
  expect(data.object).toBeNull();
});

test('a deletion in a bucket with versions makes a marker, which a version id removes', async () => {
  const fields = 'object { key versionId } deleteMarker versionId';
  const doomed = { bucket: 'one', key: 'doomed' };
  const gone = await mutate('deleteObject', 'DeleteObjectInput', fields, doomed);
  expect(gone).toMatchObject({ object: { key: 'doomed' }, deleteMarker: true, userErrors: [] });
  const back = await mutate('deleteObject', 'DeleteObjectInput', fields, { ...doomed, versionId: gone.versionId });
  expect(back).toMatchObject({ deleteMarker: true, versionId: gone.versionId });
  const { data } = await server.graphql('{ object(bucket: "one", key: "doomed") { versionId } }');
  expect(data.object).toEqual({ versionId: gone.object.versionId });
});

test('headers are taken by every way to write an object, and kept where nothing is said of them', async () => {
  const headers = {
    ...{ cacheControl: 'no-store', contentDisposition: 'inline', contentEncoding: 'gzip', contentLanguage: 'de' },
    ...{ expires: 'Thu, 01 Jan 2032 00:00:00 GMT', websiteRedirectLocation: '/elsewhere' },
  };
  const fields = `object { etag contentType metadata ${Object.keys(headers).join(' ')} }`;
  const at = { bucket: 'two', key: 'headed' };
  const form = [
    {
      name: 'operations',
      content: JSON.stringify({
        query: `mutation($input: UploadObjectsInput!) { uploadObjects(input: $input) { objects { key } userErrors { code } } }`,
        variables: {
          input: { bucket: at.bucket, files: [{ key: at.key, file: null, metadata: { a: 'b' }, ...headers }] },
        },
      }),
    },
    { name: 'map', content: '{ "0": ["variables.input.files.0.file"] }' },
    { name: '0', content: 'x', filename: 'x', type: 'text/plain' },
  ];
  expect((await sendForm(server, form)).data.uploadObjects).toEqual({ objects: [{ key: 'headed' }], userErrors: [] });
  const set = (input: object) => mutate('setObjectMetadata', 'SetObjectMetadataInput', fields, { ...at, ...input });
  const known = { contentType: 'text/plain', metadata: { a: 'b' }, ...headers };
  const changed = await set({ cacheControl: 'private', contentEncoding: '' });
  expect(changed.object).toMatchObject({ ...known, cacheControl: 'private', contentEncoding: null });
  const copy = await mutate('copyObject', 'CopyObjectInput', fields, {
    ...{ source: at, target: { bucket: 'two', key: 'headed-copy' }, contentLanguage: 'fr', expires: '' },
  });
  expect(copy.object).toMatchObject({ ...changed.object, contentLanguage: 'fr', expires: null });
});

test('ifMatch lets nothing change that somebody else has written meanwhile', async () => {
  await putTestObjects(server, 'two', ['seen', 'other']);
  const [seen, other] = ['seen', 'other'].map((key) => ({ bucket: 'two', key }));
  const { data } = await server.graphql('{ object(bucket: "two", key: "seen") { etag } }');
  const fresh = { ifMatch: data.object.etag };
  const stale = { ifMatch: '"00000000000000000000000000000000"' };
  for (const [name, input] of [
    ['setObjectMetadata', { ...seen, metadata: { a: 'b' } }],
    ['setObjectTags', { ...seen, tags: [{ key: 'a', value: 'b' }] }],
    ['copyObject', { source: other, target: seen }],
    ['moveObject', { source: other, target: seen }],
  ] as const) {
    const type = `${name[0]?.toUpperCase()}${name.slice(1)}Input`;
    const refused = await mutate(name, type, 'object { key }', { ...input, ...stale });
    expect([name, refused]).toMatchObject([name, { object: null, userErrors: [{ code: 'PRECONDITION_FAILED' }] }]);
    const done = await mutate(name, type, 'object { key }', { ...input, ...fresh });
    expect([name, done]).toEqual([name, { object: { key: 'seen' }, userErrors: [] }]);
  }
});

test('several deletions fail one by one', async () => {
  const input = { bucket: 'two', objects: [{ key: 'copy' }, { key: 'x', versionId: 'nonsense' }] };
  const payload = await mutate('deleteObjects', 'DeleteObjectsInput', 'deletedCount objects { key }', input);
  expect(payload).toMatchObject({
    deletedCount: 1,
    objects: [{ key: 'copy' }],
    userErrors: [{ code: 'INVALID_INPUT', field: ['input', 'objects', '1', 'versionId'] }],
  });
});

test('tags and metadata are replaced, and checked', async () => {
  const at = { bucket: 'one', key: 'tagged' };
  const tags = [
    { key: 'b', value: '2' },
    { key: 'a', value: '1' },
  ];
  const tagged = await mutate('setObjectTags', 'SetObjectTagsInput', 'object { tags { key value } }', { ...at, tags });
  expect(tagged.object.tags).toEqual(tags.toReversed());
  const twice = await mutate('setObjectTags', 'SetObjectTagsInput', 'object { key }', {
    ...at,
    tags: [tags[0], tags[0]],
  });
  expect(twice.userErrors).toMatchObject([{ code: 'INVALID_INPUT', field: ['input', 'tags'] }]);
  const fields = 'object { metadata contentType tags { key } }';
  const changed = await mutate('setObjectMetadata', 'SetObjectMetadataInput', fields, { ...at, metadata: { x: 'y' } });
  expect(changed.object).toEqual({
    metadata: { x: 'y' },
    contentType: 'text/plain',
    tags: [{ key: 'a' }, { key: 'b' }],
  });
  for (const metadata of [[], 'text', { n: 1 }, { n: null }, { 'line\n': 'x' }, { a: 'line\r\nX: y' }]) {
    const refused = await mutate('setObjectMetadata', 'SetObjectMetadataInput', fields, { ...at, metadata });
    expect(refused.userErrors).toMatchObject([{ code: 'INVALID_INPUT', field: ['input', 'metadata'] }]);
  }
});

test('a bucket policy is kept as it was put, and what is not evaluated is refused', async () => {
  const statement = { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: 'arn:aws:s3:::two/*' };
  const policy = { Version: '2012-10-17', Statement: [statement] };
  const put = await mutate('putBucketPolicy', 'PutBucketPolicyInput', 'bucket { policy }', { bucket: 'two', policy });
  expect(put).toEqual({ bucket: { policy }, userErrors: [] });
  expect((await fetch(`${server.s3Url}/two/moved`)).status).toBe(200);
  const refused = await mutate('putBucketPolicy', 'PutBucketPolicyInput', 'bucket { name }', {
    bucket: 'two',
    policy: { ...policy, Statement: [{ ...statement, Condition: { Bool: { 'aws:SecureTransport': 'maybe' } } }] },
  });
  expect(refused).toMatchObject({
    bucket: null,
    userErrors: [{ code: 'INVALID_INPUT', message: expect.stringContaining('Condition') }],
  });
  const removed = await mutate('deleteBucketPolicy', 'DeleteBucketPolicyInput', 'bucket { policy }', { bucket: 'two' });
  expect(removed).toEqual({ bucket: { policy: null }, userErrors: [] });
});

test('access keys come with their secret once, and end at once', async () => {
  const fields = 'accessKey { accessKeyId description expiresAt user { username } } secretAccessKey';
  const input = { description: 'for a test', expiresAt: '2099-01-01T00:00:00Z' };
  const created = await mutate('createAccessKey', 'CreateAccessKeyInput', fields, input);
  expect(created).toMatchObject({
    accessKey: { description: 'for a test', expiresAt: '2099-01-01T00:00:00.000Z', user: { username: 'admin' } },
    secretAccessKey: expect.stringMatching(/^.{20,}$/),
  });
  const key = { accessKeyId: created.accessKey.accessKeyId };
  expect(await mutate('deleteAccessKey', 'DeleteAccessKeyInput', 'accessKeyId', key)).toMatchObject(key);
  expect((await mutate('deleteAccessKey', 'DeleteAccessKeyInput', 'accessKeyId', key)).userErrors).toMatchObject([
    { code: 'NOT_FOUND' },
  ]);
});

test('buckets change and go', async () => {
  const versioning = await mutate('setBucketVersioning', 'SetBucketVersioningInput', 'bucket { versioning }', {
    bucket: 'one',
    versioning: 'SUSPENDED',
  });
  expect(versioning.bucket).toEqual({ versioning: 'SUSPENDED' });
  const full = await mutate('deleteBucket', 'DeleteBucketInput', 'bucket { name }', { bucket: 'one' });
  expect(full).toMatchObject({ bucket: null, userErrors: [{ code: 'CONFLICT' }] });
  await mutate('createBucket', 'CreateBucketInput', 'bucket { name }', { name: 'empty' });
  const gone = await mutate('deleteBucket', 'DeleteBucketInput', 'bucket { id name owner { username } }', {
    bucket: 'empty',
  });
  expect(gone).toMatchObject({ bucket: { name: 'empty', owner: { username: 'admin' } }, userErrors: [] });
});

/** All fields of a type, with as little as may be asked of each. */
async function allFieldsOf(type: string): Promise<string> {
  const { data } = await server.graphql(`{ __type(name: "${type}") { fields {
    name args { name type { kind } } type { kind ofType { kind ofType { kind ofType { kind } } } } } } }`);
  const required: Record<string, string> = { key: '"a"', path: '""', first: '1' };
  const leaf = (of: { kind: string; ofType?: never }): boolean =>
    of.ofType ? leaf(of.ofType) : of.kind === 'SCALAR' || of.kind === 'ENUM';
  return data.__type.fields
    .map(({ name, args, type: of }: { name: string; args: { name: string }[]; type: { kind: string } }) => {
      const given = args.flatMap((arg) => (required[arg.name] ? [`${arg.name}: ${required[arg.name]}`] : []));
      const counted = args.some((arg) => arg.name === 'first')
        ? '{ __typename pageInfo { hasNextPage } }'
        : '{ __typename }';
      return `${name}${given.length > 0 ? `(${given.join(' ')})` : ''} ${leaf(of) ? '' : counted}`;
    })
    .join(' ');
}

test('what was deleted is shown as far as it is there still, whatever is asked of it', async () => {
  await mutate('createBucket', 'CreateBucketInput', '', { name: 'leaving' });
  await putTestObjects(server, 'leaving', ['last']);
  const object = await mutate('deleteObject', 'DeleteObjectInput', `object { ${await allFieldsOf('StoredObject')} }`, {
    ...{ bucket: 'leaving', key: 'last' },
  });
  expect(object).toMatchObject({ object: { key: 'last', size: 1, downloadUrl: expect.any(String), archive: null } });
  const fields = `${await allFieldsOf('Bucket')} counted: objects(first: 1) { totalCount }`;
  const { bucket } = await mutate('deleteBucket', 'DeleteBucketInput', `bucket { ${fields} }`, { bucket: 'leaving' });
  expect(bucket).toMatchObject({ name: 'leaving', tags: null, cors: null, isPublic: null, versions: null });
  expect(bucket).toMatchObject({ object: null, folder: null, zipUrl: null, counted: { totalCount: 0 } });
});

test('delete markers show nothing of bytes, by their id as in lists', async () => {
  await mutate('createBucket', 'CreateBucketInput', '', { name: 'marked', versioning: 'ENABLED' });
  await putTestObjects(server, 'marked', ['k']);
  const { versionId } = await mutate('deleteObject', 'DeleteObjectInput', 'versionId', { bucket: 'marked', key: 'k' });
  const fields = '{ versionId deleteMarker size sha256 downloadUrl archive { format } }';
  const { data, errors } = await server.graphql(
    `query($versionId: String!) {
      object(bucket: "marked", key: "k", versionId: $versionId) ${fields}
      current: object(bucket: "marked", key: "k") ${fields}
      bucket(name: "marked") { object(key: "k", versionId: $versionId) ${fields} versions(first: 1) { nodes ${fields} } } }`,
    { versionId },
  );
  const marker = { versionId, deleteMarker: true, size: 0, sha256: null, downloadUrl: null, archive: null };
  expect(errors).toBeUndefined();
  expect(data).toEqual({ object: marker, current: null, bucket: { object: marker, versions: { nodes: [marker] } } });
});

test('a list that the caller may not see is null, and the bucket is shown', async () => {
  const policy = {
    Version: '2012-10-17',
    Statement: [
      {
        ...{ Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::default:user/lister' } },
        ...{ Action: 's3:ListBucket', Resource: 'arn:aws:s3:::marked' },
      },
    ],
  };
  await mutate('createUser', 'CreateUserInput', '', { username: 'lister', password: 'correct horse', role: 'MEMBER' });
  await mutate('putBucketPolicy', 'PutBucketPolicyInput', '', { bucket: 'marked', policy });
  const { data, errors } = await server.graphql(
    `{ bucket(name: "marked") { name versions(first: 1) { nodes { key } } trash(first: 1) { nodes { key } }
      uploads(first: 1) { nodes { key } } object(key: "k", versionId: "0000000000000001") { key } objects(first: 1) { nodes { key } } } }`,
    {},
    await server.login('lister', 'correct horse'),
  );
  const hidden = { versions: null, trash: null, uploads: null, object: null };
  expect([errors, data]).toEqual([undefined, { bucket: { name: 'marked', ...hidden, objects: { nodes: [] } } }]);
});
