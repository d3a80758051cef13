import {
  CreateBucketCommand,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { createTestDatabase } from '../support/database.js';
import { temporaryDirectory } from '../support/directory.js';
import { eventually, TestProcess } from '../support/process.js';
import { startReceiver } from '../support/webhook-receiver.js';
import { credentials } from './kill-campaign.js';

const kills = 1;
const keys = 20;
const credentialsOfS3 = {
  accessKeyId: credentials.GRANARY_ROOT_ACCESS_KEY,
  secretAccessKey: credentials.GRANARY_ROOT_SECRET_KEY,
};

async function ask(httpUrl: string, query: string, token?: string): Promise<Record<string, Record<string, unknown>>> {
  const response = await fetch(`${httpUrl}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ query }),
  });
  return ((await response.json()) as { data: Record<string, Record<string, unknown>> }).data;
}

test('a server that is killed while it notifies tells of every write in the end, and of each key in order', async () => {
  const receiver = await startReceiver();
  const database = await createTestDatabase();
  await using directory = await temporaryDirectory();
  const env = {
    ...{ ...credentials, GRANARY_HTTP_PORT: '0', GRANARY_S3_PORT: '0', DATABASE_URL: database.url },
    ...{ GRANARY_DATA_DIR: directory.path, GRANARY_NOTIFICATION_ALLOW_PRIVATE: 'on' },
  };
  const written: string[] = [];
  let server = new TestProcess(['test/hostile/doomed-replicator.mjs'], { env });
  try {
    for (let round = 0; round <= kills; round++) {
      const [, httpUrl = '', endpoint = ''] = await server.prints(/listening (\S+) (\S+)\n/);
      if (round === kills) {
        await eventually(() => written.every((etag) => order(receiver.received).includes(etag)), 60_000);
        break;
      }
      const s3 = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials: credentialsOfS3 });
      if (round === 0) {
        await configure(httpUrl, s3, receiver.url);
        await eventually(() => receiver.received.length > 0);
      }
      // What is under way when the server is killed has arrived, and the server has not heard so.
      receiver.answer = () => 'never';
      for (let index = 0; index < keys; index++) {
        const put = new PutObjectCommand({ Bucket: 'told', Key: `key-${index % 5}`, Body: `${round} ${index}` });
        written.push((await s3.send(put)).ETag?.replaceAll('"', '') ?? '');
      }
      const before = receiver.received.length;
      await eventually(() => receiver.received.length >= Math.max(before, 2));
      server.signalGroup('SIGKILL');
      await server.exited;
      s3.destroy();
      receiver.answer = () => 200;
      server = new TestProcess(['test/hostile/doomed-replicator.mjs'], { env });
    }
    const told = order(receiver.received);
    // Some came again. The first time that each came is in the order in which its key was written.
    const firsts = written.map((etag) => told.indexOf(etag));
    for (let key = 0; key < 5; key++) {
      const ofKey = firsts.filter((_, index) => index % 5 === key);
      expect(ofKey).toEqual([...ofKey].sort((a, b) => a - b));
    }
  } finally {
    await server.dispose();
    await database.drop();
    await receiver.stop();
  }
}, 120_000);

async function configure(httpUrl: string, s3: S3Client, address: string): Promise<void> {
  const { login } = await ask(
    httpUrl,
    `mutation { login(input: { username: "admin", password: "${credentials.GRANARY_ADMIN_PASSWORD}" }) { accessToken } }`,
  );
  const { createNotificationTarget } = await ask(
    httpUrl,
    `mutation { createNotificationTarget(input: { name: "hook", kind: WEBHOOK, address: "${address}" }) {
      userErrors { message } } }`,
    String(login?.accessToken),
  );
  expect(createNotificationTarget).toEqual({ userErrors: [] });
  await s3.send(new CreateBucketCommand({ Bucket: 'told' }));
  const rule = { QueueArn: 'arn:granary:notify::default:hook', Events: ['s3:ObjectCreated:*' as const] };
  await s3.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket: 'told',
      NotificationConfiguration: { QueueConfigurations: [rule] },
    }),
  );
}

function order(received: readonly { body: string }[]): string[] {
  return received.flatMap(({ body }) =>
    ((JSON.parse(body) as { Records?: { s3: { object: { eTag: string } } }[] }).Records ?? []).map(
      ({ s3 }) => s3.object.eTag,
    ),
  );
}
