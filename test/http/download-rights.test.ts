import { PutObjectCommand } from '@aws-sdk/client-s3';
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
  const policy = {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: 'arn:aws:iam::default:user/mia' },
        Action: actions,
        Resource: ['arn:aws:s3:::shelf', 'arn:aws:s3:::shelf/*'],
      },
    ],
  };
  const mutation =
    'mutation($input: PutBucketPolicyInput!) { putBucketPolicy(input: $input) { userErrors { message } } }';
  const { data } = await server.graphql(mutation, { input: { bucket: 'shelf', policy } });
  expect(data.putBucketPolicy.userErrors).toEqual([]);
}

const listed = '{ bucket(name: "shelf") { objects(first: 1) { nodes { key downloadUrl } } } }';
const single = '{ object(bucket: "shelf", key: "page") { downloadUrl } }';

test('who may only list gets no link', async () => {
  await allow('s3:ListBucket');
  const { data, errors } = await server.graphql(listed, {}, member);
  expect(errors?.[0]?.extensions?.code).toBe('DENIED');
  expect(JSON.stringify(data ?? null)).not.toContain('/download/');
});

test('who may read versions by their ids, but not the object, gets no link to it from a list', async () => {
  await allow('s3:ListBucket', 's3:GetObjectVersion');
  const { data } = await server.graphql(listed, {}, member);
  expect(JSON.stringify(data ?? null)).not.toContain('/download/');
  expect((await server.graphql(single, {}, member)).errors?.[0]?.extensions?.code).toBe('DENIED');
});

test.each(['metadata', 'sha256', 'tags { key }'])('who may only list does not see %s', async (field) => {
  await allow('s3:ListBucket');
  const query = `{ bucket(name: "shelf") { objects(first: 1) { nodes { key ${field} } } } }`;
  const { errors } = await server.graphql(query, {}, member);
  expect(errors?.[0]?.extensions?.code).toBe('DENIED');
});

test('who may only tag gets no link from what tagging answers', async () => {
  await allow('s3:PutObjectTagging');
  const { errors } = await server.graphql(
    'mutation { setObjectTags(input: { bucket: "shelf", key: "page", tags: [] }) { object { downloadUrl } } }',
    {},
    member,
  );
  expect(errors?.[0]?.extensions?.code).toBe('DENIED');
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
