import { createHmac } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  DeleteObjectTaggingCommand,
  GetBucketNotificationConfigurationCommand,
  type NotificationConfiguration,
  PutBucketLifecycleConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketVersioningCommand,
  PutObjectAclCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
} from '@aws-sdk/client-s3';
import { connect } from '@nats-io/transport-node';
import { connect as connectAmqp } from 'amqplib';
import { Redis } from 'ioredis';
import { startNotifications } from '../../../src/jobs/notifications.js';
import { runLifecycle } from '../../../src/operations/lifecycle/run-lifecycle.js';
import { freePort } from '../../support/emulators/free-port.js';
import { TestProcess } from '../../support/process.js';
import { programProblem, testUnless } from '../../support/programs.js';
import { rabbitmqServer, startRabbitmq } from '../../support/rabbitmq.js';
import { startRedis } from '../../support/redis.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { startReceiver, type WebhookReceiver } from '../../support/webhook-receiver.js';

let server: TestServer;
let receiver: WebhookReceiver;
let job: { stop(): Promise<void> };
let count = 0;

beforeAll(async () => {
  server = await startTestServer({
    ...{ notificationAllowPrivate: 'on', notificationAttempts: 3, lifecycleDaySeconds: 1 },
  });
  job = await startNotifications(server.granary, { pollMs: 50, firstPauseSeconds: 0.05 });
});

afterAll(async () => {
  await job?.stop();
  await server?.stop();
});

beforeEach(async () => {
  receiver = await startReceiver();
});

afterEach(() => receiver.stop());

test('each kind of change is told once, in the order of a key, in the form of S3 and signed', async () => {
  const { bucket, secret } = await notifyingBucket(['s3:ObjectCreated:*', 's3:ObjectRemoved:*', 's3:ObjectTagging:*']);
  await arrived(1);
  const Key = 'a folder/ä+b.txt';
  await put(bucket, Key);
  await server.s3.send(
    new PutObjectTaggingCommand({ Bucket: bucket, Key, Tagging: { TagSet: [{ Key: 'a', Value: 'b' }] } }),
  );
  await server.s3.send(new DeleteObjectTaggingCommand({ Bucket: bucket, Key }));
  await server.s3.send(
    new CopyObjectCommand({
      Bucket: bucket,
      Key,
      CopySource: `${bucket}/${encodeURIComponent(Key)}`,
      MetadataDirective: 'REPLACE',
    }),
  );
  await server.s3.send(new DeleteObjectCommand({ Bucket: bucket, Key }));
  const records = await recordsOf(5);
  expect(records.map(({ eventName }) => eventName)).toEqual([
    'ObjectCreated:Put',
    'ObjectTagging:Put',
    'ObjectTagging:Delete',
    'ObjectCreated:Copy',
    'ObjectRemoved:Delete',
  ]);
  expect(records[0]).toMatchObject({
    eventVersion: '2.1',
    eventSource: 'aws:s3',
    awsRegion: 'us-east-1',
    userIdentity: { principalId: 'AWS:admin' },
    requestParameters: { sourceIPAddress: '127.0.0.1' },
    responseElements: { 'x-amz-request-id': expect.any(String) },
    s3: {
      s3SchemaVersion: '1.0',
      configurationId: 'all',
      bucket: { name: bucket, arn: `arn:aws:s3:::${bucket}` },
      object: { key: 'a+folder/%C3%A4%2Bb.txt', size: 4, eTag: expect.stringMatching(/^[0-9a-f]{32}$/) },
    },
  });
  const sequencers = records.map(({ s3 }) => s3.object.sequencer);
  expect(sequencers).toEqual([...sequencers].sort());
  const last = receiver.received.at(-1);
  const timestamp = String(last?.headers['granary-timestamp']);
  const signature = createHmac('sha256', secret).update(`${timestamp}.${last?.body}`).digest('hex');
  expect(last?.headers['granary-signature']).toBe(`v1=${signature}`);
  expect(Math.abs(Date.now() / 1000 - Number(timestamp))).toBeLessThan(60);
  expect(JSON.parse(receiver.received[0]?.body ?? '')).toMatchObject({ Event: 's3:TestEvent', Bucket: bucket });
});

test('a delete in a bucket with versioning tells of the marker and its version', async () => {
  const { bucket } = await notifyingBucket(['s3:ObjectRemoved:DeleteMarkerCreated']);
  await server.s3.send(
    new PutBucketVersioningCommand({ Bucket: bucket, VersioningConfiguration: { Status: 'Enabled' } }),
  );
  await put(bucket, 'one');
  const { VersionId } = await server.s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'one' }));
  const [record] = await recordsOf(1);
  expect(record).toMatchObject({
    eventName: 'ObjectRemoved:DeleteMarkerCreated',
    s3: { object: { versionId: VersionId } },
  });
});

test('what rules do, lists that are set and versions that come back are told, each by its own name', async () => {
  const { bucket: Bucket } = await notifyingBucket([
    ...['s3:LifecycleExpiration:*', 's3:LifecycleTransition', 's3:ObjectAcl:Put', 's3:ObjectRestore:*'],
  ]);
  await server.s3.send(
    new PutBucketOwnershipControlsCommand({
      Bucket,
      OwnershipControls: { Rules: [{ ObjectOwnership: 'ObjectWriter' }] },
    }),
  );
  await put(Bucket, 'listed');
  await server.s3.send(new PutObjectAclCommand({ Bucket, Key: 'listed', ACL: 'public-read' }));
  await mutate('updateBucket', 'UpdateBucketInput', { bucket: Bucket, trashSeconds: 3600 });
  await put(Bucket, 'trashed');
  await server.s3.send(new DeleteObjectCommand({ Bucket, Key: 'trashed' }));
  const query = `query($bucket: String!) { bucket(name: $bucket) { trash(first: 1) { nodes { versionId } } } }`;
  const { data } = await server.graphql(query, { bucket: Bucket });
  const [{ versionId }] = data.bucket.trash.nodes;
  await mutate('restoreObject', 'RestoreObjectInput', { bucket: Bucket, key: 'trashed', versionId });
  await mutate('updateBucket', 'UpdateBucketInput', { bucket: Bucket, trashSeconds: 0 });
  for (const key of ['cold/a', 'old/a']) {
    await put(Bucket, key);
  }
  await server.s3.send(
    new PutBucketLifecycleConfigurationCommand({
      Bucket,
      LifecycleConfiguration: {
        Rules: [
          {
            ...{ ID: 'cold', Status: 'Enabled', Filter: { And: { Prefix: 'cold/', ObjectSizeGreaterThan: 1 } } },
            Transitions: [{ Days: 0, StorageClass: 'GLACIER_IR' }],
          },
          { ...{ ID: 'old', Status: 'Enabled', Filter: { Prefix: 'old/' } }, Expiration: { Days: 1 } },
        ],
      },
    }),
  );
  const later = (seconds: number) => ({ now: new Date(Date.now() + seconds * 1000) });
  await runLifecycle(server.granary, later(60));
  await server.s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  await put(Bucket, 'old/b');
  await server.granary.database.pool.query('DELETE FROM lifecycle_round');
  await runLifecycle(server.granary, later(120));
  const records = await recordsOf(5);
  expect(
    records.map(({ eventName, s3, userIdentity }) => [eventName, s3.object.key, userIdentity.principalId]),
  ).toEqual(
    expect.arrayContaining([
      ['ObjectAcl:Put', 'listed', 'AWS:admin'],
      ['ObjectRestore:Completed', 'trashed', 'AWS:admin'],
      ['LifecycleTransition', 'cold/a', 's3.amazonaws.com'],
      ['LifecycleExpiration:Delete', 'old/a', 's3.amazonaws.com'],
      ['LifecycleExpiration:DeleteMarkerCreated', 'old/b', 's3.amazonaws.com'],
    ]),
  );
});

test('only what fits the prefix and the suffix is told, from the configuration on', async () => {
  const { bucket, target } = await newBucket();
  await put(bucket, 'in/before.jpg');
  await configure(bucket, {
    QueueConfigurations: [
      {
        Id: 'pictures',
        QueueArn: arn(target),
        Events: ['s3:ObjectCreated:Put'],
        Filter: {
          Key: {
            FilterRules: [
              { Name: 'prefix', Value: 'in/' },
              { Name: 'suffix', Value: '.jpg' },
            ],
          },
        },
      },
    ],
  });
  for (const key of ['in/a.png', 'out/a.jpg', 'in/a.jpg']) {
    await put(bucket, key);
  }
  await recordsOf(1);
  await delay(300);
  expect((await recordsOf(1)).map(({ s3 }) => s3.object.key)).toEqual(['in/a.jpg']);
});

test('what S3 and GraphQL show of the configuration is the same', async () => {
  const { bucket, target } = await newBucket();
  await configure(bucket, {
    TopicConfigurations: [{ Id: 't', TopicArn: arn(target), Events: ['s3:ObjectRemoved:*'] }],
  });
  const query = `query($bucket: String!) { bucket(name: $bucket) { notifications { id form target events prefix suffix } } }`;
  const { data } = await server.graphql(query, { bucket });
  expect(data.bucket.notifications).toEqual([
    { id: 't', form: 'TOPIC', target, events: ['s3:ObjectRemoved:*'], prefix: '', suffix: '' },
  ]);
  const rules = [{ id: 'f', form: 'FUNCTION', target, events: ['s3:ObjectCreated:Put'], suffix: '.gz' }];
  await mutate('setBucketNotifications', 'SetBucketNotificationsInput', { bucket, rules });
  const shown = await server.s3.send(new GetBucketNotificationConfigurationCommand({ Bucket: bucket }));
  expect(shown).toMatchObject({
    LambdaFunctionConfigurations: [
      {
        Id: 'f',
        LambdaFunctionArn: arn(target),
        Events: ['s3:ObjectCreated:Put'],
        Filter: { Key: { FilterRules: [{ Name: 'Suffix', Value: '.gz' }] } },
      },
    ],
  });
  await configure(bucket, {});
  const none = await server.s3.send(new GetBucketNotificationConfigurationCommand({ Bucket: bucket }));
  expect(none.LambdaFunctionConfigurations).toBeUndefined();
});

test.each<[string, (target: string) => NotificationConfiguration, string]>([
  ['an event that S3 does not know', (target) => queues([target, 's3:Nonsense:*']), 'InvalidArgument'],
  ['an unknown target', () => queues(['nobody', 's3:ObjectCreated:*']), 'InvalidArgument'],
  [
    'a queue of AWS',
    () => ({
      QueueConfigurations: [{ QueueArn: 'arn:aws:sqs:us-east-1:123456789012:q', Events: ['s3:ObjectCreated:*'] }],
    }),
    'InvalidArgument',
  ],
  [
    'two rules for the same event',
    (target) => queues([target, 's3:ObjectCreated:*'], [target, 's3:ObjectCreated:Put']),
    'InvalidArgument',
  ],
  ['EventBridge', () => ({ EventBridgeConfiguration: {} }), 'NotImplemented'],
])('a configuration with %s is refused', async (_, configuration, code) => {
  const { bucket, target } = await newBucket();
  await expect(configure(bucket, configuration(target))).rejects.toMatchObject({ name: code });
});

test('what fails is tried again in order, given up into dead letters, and replayed', async () => {
  const { bucket, target } = await notifyingBucket(['s3:ObjectCreated:*']);
  await arrived(1);
  receiver.answer = ({ body }) => (body.includes('"bad"') ? 503 : 200);
  await put(bucket, 'bad');
  await put(bucket, 'bad');
  await put(bucket, 'good');
  const letters = await until(
    () => lettersOf(target),
    (found) => found.length === 2,
  );
  expect(letters[0]).toMatchObject({
    ...{ bucketName: bucket, key: 'bad', eventName: 's3:ObjectCreated:Put', attempts: 3 },
    error: 'The target answered that it did not take the message (status 503).',
  });
  expect(receiver.received.filter(({ body }) => body.includes('"bad"'))).toHaveLength(6);
  await until(
    async () => seen('good'),
    (found) => found >= 1,
  );
  receiver.answer = () => 200;
  receiver.received.length = 0;
  expect((await mutate('replayDeadLetters', 'ReplayDeadLettersInput', { target }, 'count')).count).toBe(2);
  await arrived(2);
  expect(receiver.received.map(({ body }) => body)).toEqual(letters.map(({ body }: { body: string }) => body));
  await until(
    () => lettersOf(target),
    (found) => found.length === 0,
  );
});

test('a key is told of one at a time, and others are not kept waiting', async () => {
  const { bucket } = await notifyingBucket(['s3:ObjectCreated:*']);
  await arrived(1);
  const gate = Promise.withResolvers<number>();
  receiver.answer = ({ body }) => (body.includes('"slow"') ? gate.promise : 200);
  await put(bucket, 'slow');
  await put(bucket, 'slow');
  await until(
    async () => seen('slow'),
    (found) => found === 1,
  );
  await put(bucket, 'quick');
  await until(
    async () => seen('quick'),
    (found) => found === 1,
  );
  expect(seen('slow')).toBe(1);
  gate.resolve(200);
  await until(
    async () => seen('slow'),
    (found) => found === 2,
  );
});

test('a redirect is not followed', async () => {
  const { target } = await newBucket();
  receiver.answer = () => 302;
  const { delivered, problem } = await mutate(
    'testNotificationTarget',
    'TestNotificationTargetInput',
    { name: target },
    'delivered problem',
  );
  expect(delivered).toBe(false);
  expect(problem).toBe('The target answered with a redirect, which is not followed (status 302).');
});

test('a target that a bucket names is not removed', async () => {
  const { bucket, target } = await notifyingBucket(['s3:ObjectCreated:*']);
  const remove = () =>
    mutate('deleteNotificationTarget', 'DeleteNotificationTargetInput', { name: target }, 'deletedName');
  await expect(remove()).rejects.toThrow(/notifies this target/);
  await configure(bucket, {});
  expect((await remove()).deletedName).toBe(target);
});

testUnless(programProblem('redis-server'), 'a list of Redis gets the events of a key in order', async () => {
  const redis = await startRedis();
  const client = new Redis(redis.url);
  try {
    const target = `redis-${++count}`;
    await createTarget({ name: target, kind: 'REDIS', address: redis.url, destination: 'events' });
    const bucket = await makeBucket();
    await configure(bucket, queues([target, 's3:ObjectCreated:*']));
    // Of the test event and of a key nothing says which is first.
    await until(
      () => client.llen('events'),
      (length) => length === 1,
    );
    await put(bucket, 'one');
    await put(bucket, 'one');
    const found = await until(
      () => client.lrange('events', 0, -1),
      (entries) => entries.length === 3,
    );
    expect(found.map(nameIn)).toEqual(['s3:TestEvent', 'ObjectCreated:Put', 'ObjectCreated:Put']);
  } finally {
    client.disconnect();
    await redis.stop();
  }
});

testUnless(programProblem('nats-server'), 'a subject of NATS gets the events of a key in order', async () => {
  const port = await freePort();
  const nats = new TestProcess(['-a', '127.0.0.1', '-p', String(port)], { command: 'nats-server' });
  await nats.prints(/Server is ready/);
  const client = await connect({ servers: `127.0.0.1:${port}` });
  try {
    const got: string[] = [];
    client.subscribe('files', { callback: (_, message) => void got.push(nameIn(message.string())) });
    await client.flush();
    const target = `nats-${++count}`;
    await createTarget({ name: target, kind: 'NATS', address: `nats://127.0.0.1:${port}`, destination: 'files' });
    const bucket = await makeBucket();
    await configure(bucket, queues([target, 's3:ObjectCreated:*']));
    await until(
      async () => got,
      (names) => names.length === 1,
    );
    await put(bucket, 'one');
    await put(bucket, 'one');
    await until(
      async () => got,
      (names) => names.length === 3,
    );
    expect(got).toEqual(['s3:TestEvent', 'ObjectCreated:Put', 'ObjectCreated:Put']);
  } finally {
    await client.close();
    await nats.dispose();
  }
});

testUnless(
  programProblem(rabbitmqServer),
  'a queue of AMQP takes events, and one that is not there takes none',
  async () => {
    const broker = await startRabbitmq();
    const connection = await connectAmqp(broker.url);
    try {
      const channel = await connection.createChannel();
      const { queue } = await channel.assertQueue('', { exclusive: true });
      const target = `amqp-${++count}`;
      await createTarget({ name: target, kind: 'AMQP', address: broker.url, destination: queue });
      const tried = () =>
        mutate('testNotificationTarget', 'TestNotificationTargetInput', { name: target }, 'delivered problem');
      expect(await tried()).toMatchObject({ delivered: true });
      const message = await channel.get(queue);
      expect(nameIn(message ? message.content.toString() : '{}')).toBe('s3:TestEvent');
      await channel.deleteQueue(queue);
      expect(await tried()).toMatchObject({ delivered: false, problem: 'No queue of the broker takes the message.' });
    } finally {
      await connection.close();
      await broker.stop();
    }
  },
  60_000,
);

// Where nobody listens, each client says so in time, and the server goes on.
test.each(['NATS', 'AMQP', 'KAFKA', 'REDIS'])('a target of the kind %s that is away is said to be', async (kind) => {
  const target = `away-${++count}`;
  const scheme = kind.toLowerCase();
  await createTarget({ name: target, kind, address: `${scheme}://127.0.0.1:${await freePort()}`, destination: 'x' });
  const tried = await mutate(
    'testNotificationTarget',
    'TestNotificationTargetInput',
    { name: target },
    'delivered problem',
  );
  expect(tried).toMatchObject({ delivered: false, problem: expect.stringMatching(/cannot be reached/) });
});

// biome-ignore lint/suspicious/noExplicitAny: the tests know the shape of what they asked for.
type Shape = any;

async function recordsOf(least: number): Promise<Shape[]> {
  const records = () =>
    receiver.received.flatMap(({ body }) => (JSON.parse(body) as { Records?: Shape[] }).Records ?? []);
  return until(
    async () => records(),
    (found) => found.length >= least,
  );
}

function arrived(least: number): Promise<number> {
  return until(
    async () => receiver.received.length,
    (found) => found >= least,
  );
}

function nameIn(body: string): string {
  const document: Shape = JSON.parse(body);
  return document.Records?.[0].eventName ?? document.Event;
}

function seen(key: string): number {
  return receiver.received.filter(({ body }) => body.includes(`"${key}"`)).length;
}

async function until<T>(look: () => Promise<T>, isRight: (found: T) => boolean): Promise<T> {
  const endsAt = Date.now() + 20_000;
  for (;;) {
    const found = await look();
    if (isRight(found)) {
      return found;
    }
    if (Date.now() > endsAt) {
      throw new Error(`It did not come: ${JSON.stringify(found)}`);
    }
    await delay(25);
  }
}

async function lettersOf(target: string): Promise<Shape[]> {
  const query = `query($target: String!) { deadLetters(first: 10, target: $target) {
    totalCount nodes { id targetName bucketName key eventName body attempts error deadAt } } }`;
  const { data, errors } = await server.graphql(query, { target });
  expect(errors).toBeUndefined();
  return data.deadLetters.nodes;
}

async function notifyingBucket(events: string[]): Promise<{ bucket: string; target: string; secret: string }> {
  const made = await newBucket();
  await configure(made.bucket, {
    QueueConfigurations: [{ Id: 'all', QueueArn: arn(made.target), Events: events as never }],
  });
  return made;
}

async function newBucket(): Promise<{ bucket: string; target: string; secret: string }> {
  const target = `hook-${++count}`;
  const { secret } = await createTarget({ name: target, kind: 'WEBHOOK', address: receiver.url });
  return { bucket: await makeBucket(), target, secret };
}

async function makeBucket(): Promise<string> {
  const bucket = `notify-${++count}`;
  await server.s3.send(new CreateBucketCommand({ Bucket: bucket }));
  return bucket;
}

async function put(bucket: string, key: string): Promise<void> {
  await server.s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: 'text' }));
}

function createTarget(input: object): Promise<Shape> {
  return mutate('createNotificationTarget', 'CreateNotificationTargetInput', input, 'secret');
}

async function configure(bucket: string, configuration: NotificationConfiguration): Promise<void> {
  await server.s3.send(
    new PutBucketNotificationConfigurationCommand({ Bucket: bucket, NotificationConfiguration: configuration }),
  );
}

function queues(...rules: [target: string, event: string][]): NotificationConfiguration {
  return { QueueConfigurations: rules.map(([target, event]) => ({ QueueArn: arn(target), Events: [event as never] })) };
}

function arn(target: string): string {
  return `arn:granary:notify::default:${target}`;
}

async function mutate(name: string, type: string, input: object, fields = ''): Promise<Shape> {
  const query = `mutation($input: ${type}!) { ${name}(input: $input) { ${fields} userErrors { message } } }`;
  const { data, errors } = await server.graphql(query, { input });
  const problems = [...(errors ?? []), ...(data?.[name]?.userErrors ?? [])];
  if (problems.length > 0) {
    throw new Error(problems.map(({ message }: { message: string }) => message).join(' '));
  }
  return data[name];
}
