import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { TestProcess } from '../support/process.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { expectWithinASecond } from '../support/within-a-second.js';

let server: TestServer;
let others: TestProcess[];
let endpoints: { s3Url: string; httpUrl: string }[];
const clients: S3Client[] = [];

beforeAll(async () => {
  server = await startTestServer();
  const { databaseUrl = '', dataDir } = server.settings;
  const env = { DATABASE_URL: databaseUrl, GRANARY_DATA_DIR: dataDir, GRANARY_HTTP_PORT: '0', GRANARY_S3_PORT: '0' };
  others = [1, 2].map(() => new TestProcess(['dist/src/main.js'], { env: { ...env, GRANARY_WORKERS: '1' } }));
  const found = others.map(async (process) => {
    const [, s3Url = ''] = await process.prints(/S3 +(http:\S+)/);
    const [, httpUrl = ''] = await process.prints(/GraphQL +(http:\/\/[^/\s]+)/);
    return { s3Url, httpUrl };
  });
  endpoints = [{ s3Url: server.s3Url, httpUrl: server.httpUrl }, ...(await Promise.all(found))];
  await change('createBucket', 'CreateBucketInput', { name: 'photos' });
  await change('createGroup', 'CreateGroupInput', { name: 'viewers' });
  await change('createPolicy', 'CreatePolicyInput', { name: 'Look', document: allowing('s3:ListBucket') });
}, 60_000);

afterAll(async () => {
  for (const client of clients) {
    client.destroy();
  }
  await Promise.all((others ?? []).map((process) => process.dispose()));
  await server?.stop();
});

function allowing(action: string): object {
  return { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: action, Resource: '*' }] };
}

/** A mutation in this test's own process. */
async function change(name: string, type: string, input: object): Promise<void> {
  const { data, errors } = await server.graphql(
    `mutation($input: ${type}!) { ${name}(input: $input) { userErrors { message } } }`,
    { input },
  );
  expect({ errors, userErrors: data?.[name]?.userErrors }).toEqual({ errors: undefined, userErrors: [] });
}

type Check = () => Promise<'allowed' | 'refused'>;

/** A user with the policy `Look`, and with it a way to ask each process whether it may look. */
async function viewer(username: string): Promise<{ accessKeyId: string; checks: Check[] }> {
  await change('createUser', 'CreateUserInput', { username, password: 'a long password' });
  const { data } = await server.graphql(
    `mutation($input: CreateAccessKeyInput!) {
      createAccessKey(input: $input) { accessKey { accessKeyId } secretAccessKey } }`,
    { input: { username } },
  );
  const { accessKey, secretAccessKey } = data.createAccessKey;
  const { accessKeyId } = accessKey;
  const checks = endpoints.map(({ s3Url: endpoint }): Check => {
    const credentials = { accessKeyId, secretAccessKey };
    const s3 = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, maxAttempts: 1, credentials });
    clients.push(s3);
    return () =>
      s3.send(new ListObjectsV2Command({ Bucket: 'photos' })).then(
        () => 'allowed' as const,
        (error: { $metadata?: { httpStatusCode?: number } }) => {
          if (error.$metadata?.httpStatusCode !== 403) {
            throw error;
          }
          return 'refused' as const;
        },
      );
  });
  return { accessKeyId, checks };
}

async function expectRevoked(checks: Check[], revoke: () => Promise<void>): Promise<void> {
  await allAllowed(checks);
  await revoke();
  const revoked = performance.now();
  const [own, ...elsewhere] = checks;
  expect(await own?.()).toBe('refused');
  await Promise.all(elsewhere.map((check) => expectWithinASecond(revoked, async () => (await check()) === 'refused')));
}

test.each<[string, (who: { username: string; accessKeyId: string }) => Promise<void>]>([
  ['deleting an access key', ({ accessKeyId }) => change('deleteAccessKey', 'DeleteAccessKeyInput', { accessKeyId })],
  ['disabling a user', ({ username }) => change('disableUser', 'UserInput', { username })],
  [
    'detaching a policy',
    ({ username }) => change('detachPolicy', 'PolicyAttachmentInput', { policy: 'Look', username }),
  ],
  [
    'narrowing a key',
    ({ accessKeyId }) =>
      change('updateAccessKey', 'UpdateAccessKeyInput', { accessKeyId, sessionPolicy: allowing('s3:GetObject') }),
  ],
  [
    'a policy that denies',
    ({ username }) => {
      const Statement = [{ Effect: 'Deny', Action: 's3:*', Resource: '*' }];
      const document = { Version: '2012-10-17', Statement };
      return change('putInlinePolicy', 'PutInlinePolicyInput', { username, name: 'no', document });
    },
  ],
])('%s takes effect at once where it is done, and within a second everywhere', async (_what, revoke) => {
  const username = `user${clients.length}`;
  const { accessKeyId, checks } = await viewer(username);
  await change('attachPolicy', 'PolicyAttachmentInput', { policy: 'Look', username });
  await expectRevoked(checks, () => revoke({ username, accessKeyId }));
});

test('so do leaving a group and changing a policy', async () => {
  await change('attachPolicy', 'PolicyAttachmentInput', { policy: 'Look', group: 'viewers' });
  const { checks } = await viewer('gus');
  const membership = { group: 'viewers', username: 'gus' };
  await change('addUserToGroup', 'GroupMembershipInput', membership);
  await expectRevoked(checks, () => change('removeUserFromGroup', 'GroupMembershipInput', membership));
  await change('addUserToGroup', 'GroupMembershipInput', membership);
  const document = allowing('s3:GetObject');
  await expectRevoked(checks, () => change('updatePolicy', 'UpdatePolicyInput', { name: 'Look', document }));
});

/** What is given takes as long to arrive as what is taken. */
async function allAllowed(checks: Check[]): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (performance.now() < deadline) {
    const answers = await Promise.all(checks.map((check) => check()));
    if (answers.every((answer) => answer === 'allowed')) {
      return;
    }
  }
  throw new Error('The right did not arrive everywhere');
}
