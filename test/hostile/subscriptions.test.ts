import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { untilWatching, Watch } from '../http/watch.js';
import { eventually } from '../support/process.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server?.stop());

async function put(bucket: string, key: string): Promise<void> {
  await server.s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: 'content' }));
}

async function asAdmin(): Promise<{ url: string; authorization: string }> {
  return { url: server.httpUrl, authorization: `Bearer ${await server.login()}` };
}

async function change(mutation: string, variables: object = {}): Promise<void> {
  const { data, errors } = await server.graphql(mutation, variables);
  expect(errors).toBeUndefined();
  expect(Object.values(data as Record<string, { userErrors: unknown[] }>)[0]?.userErrors).toEqual([]);
}

test('34: nobody watches without a token, with a wrong one, or what may not be listed', async () => {
  await server.s3.send(new CreateBucketCommand({ Bucket: 'private' }));
  for (const authorization of ['', 'Bearer wrong', 'Basic YTpi']) {
    using watch = new Watch({ bucket: 'private' }, { url: server.httpUrl, authorization });
    await eventually(() => watch.ended);
    expect(watch.errors).toMatchObject([{ code: 4401 }]);
  }
  await change(
    `mutation { createUser(input: { username: "member", password: "a long enough password 1", role: MEMBER })
      { user { id } userErrors { message } } }`,
  );
  const token = await server.login('member', 'a long enough password 1');
  using watch = new Watch({ bucket: 'private' }, { url: server.httpUrl, authorization: `Bearer ${token}` });
  await eventually(() => watch.ended);
  expect(watch.errors[0]?.extensions?.code).toBe('DENIED');
  using nowhere = new Watch({ bucket: 'nowhere' }, await asAdmin());
  await eventually(() => nowhere.ended);
  expect(nowhere.errors[0]?.extensions?.code).toBe('NOT_FOUND');
});

test('34: who loses the right to list sees nothing more, and who is disabled is sent away', async () => {
  await server.s3.send(new CreateBucketCommand({ Bucket: 'revoked' }));
  await change(
    `mutation { createUser(input: { username: "reader", password: "a long enough password 1", role: READ_ONLY })
      { user { id } userErrors { message } } }`,
  );
  const authorization = `Bearer ${await server.login('reader', 'a long enough password 1')}`;
  using watch = new Watch({ bucket: 'revoked' }, { url: server.httpUrl, authorization });
  await untilWatching(server, 'revoked', watch);
  const policy = {
    Version: '2012-10-17',
    Statement: {
      Effect: 'Deny',
      Principal: { AWS: 'arn:aws:iam::default:user/reader' },
      Action: 's3:ListBucket',
      Resource: 'arn:aws:s3:::revoked',
    },
  };
  await change(
    `mutation($policy: JSON!) { putBucketPolicy(input: { bucket: "revoked", policy: $policy })
      { userErrors { message } } }`,
    { policy },
  );
  using control = new Watch({ bucket: 'revoked' }, await asAdmin());
  await untilWatching(server, 'revoked', control);
  expect(watch.seen).toEqual([]);
  await change(`mutation { disableUser(input: { username: "reader" }) { user { id } userErrors { message } } }`);
  await put('revoked', 'last');
  await eventually(() => watch.ended);
  expect(watch.errors[0]?.extensions?.code).toBe('UNAUTHENTICATED');
});
