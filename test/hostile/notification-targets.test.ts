import { startTestServer, type TestServer } from '../support/server.js';
import { startReceiver, type WebhookReceiver } from '../support/webhook-receiver.js';

let server: TestServer;
let receiver: WebhookReceiver;

const create = `mutation($input: CreateNotificationTargetInput!) {
  createNotificationTarget(input: $input) { notificationTarget { name } secret userErrors { message field } } }`;
const attempt = `mutation($input: TestNotificationTargetInput!) {
  testNotificationTarget(input: $input) { delivered problem userErrors { message } } }`;

beforeAll(async () => {
  server = await startTestServer();
  receiver = await startReceiver();
});

afterAll(async () => {
  await receiver?.stop();
  await server?.stop();
});

test.each([
  'https://127.0.0.1/',
  'https://127.1/',
  'https://[::1]/',
  'https://[::ffff:169.254.169.254]/',
  'https://169.254.169.254/latest/meta-data/',
  'https://[2002:a9fe:a9fe::]/',
  'https://[64:ff9b::a9fe:a9fe]/',
  'https://10.0.0.1/',
  'https://0x7f000001/',
  'http://hooks.example.com/',
  'https://user:secret@hooks.example.com/',
  'file:///etc/passwd',
  'https://hooks.example.com/#fragment',
])('55. the server does not come to send webhooks to %s', async (address) => {
  const input = { name: 'hook', kind: 'WEBHOOK', address };
  const { data } = await server.graphql(create, { input });
  expect(data.createNotificationTarget).toMatchObject({
    notificationTarget: null,
    userErrors: [{ field: ['input', 'address'] }],
  });
});

test.each([
  ['REDIS', 'rediss://127.0.0.1:6379'],
  ['NATS', 'tls://[::1]:4222'],
  ['AMQP', 'amqps://192.168.1.1'],
  ['KAFKA', 'kafkas://0x7f000001:9093'],
])('55. the server does not come to speak %s to a private address', async (kind, address) => {
  const { data } = await server.graphql(create, { input: { name: 'hook', kind, address } });
  expect(data.createNotificationTarget.userErrors).toHaveLength(1);
});

test('56. a name that leads to a private address is found out when it is connected to', async () => {
  const address = receiver.url.replace('http://127.0.0.1', 'https://localhost');
  const made = await server.graphql(create, { input: { name: 'rebound', kind: 'WEBHOOK', address } });
  expect(made.data.createNotificationTarget).toMatchObject({ userErrors: [], secret: expect.any(String) });
  const { data } = await server.graphql(attempt, { input: { name: 'rebound' } });
  expect(data.testNotificationTarget).toEqual({
    delivered: false,
    problem: 'The target is in a private network, which only GRANARY_NOTIFICATION_ALLOW_PRIVATE=on permits.',
    userErrors: [],
  });
  expect(receiver.received).toEqual([]);
});

test.each([
  ['REDIS', 'rediss'],
  ['NATS', 'tls'],
  ['AMQP', 'amqps'],
  ['KAFKA', 'kafkas'],
])('56. so it is for %s', async (kind, scheme) => {
  const address = `${scheme}://localhost:${new URL(receiver.url).port}`;
  await server.graphql(create, { input: { name: kind, kind, address, destination: 'x' } });
  const { data } = await server.graphql(attempt, { input: { name: kind } });
  expect(data.testNotificationTarget).toMatchObject({ delivered: false, problem: expect.any(String) });
  expect(receiver.received).toEqual([]);
});

test('57. what a webhook answers is neither followed nor shown', async () => {
  const server = await startTestServer({ notificationAllowPrivate: 'on' });
  try {
    receiver.answer = () => 302;
    const input = { name: 'hook', kind: 'WEBHOOK', address: receiver.url };
    await server.graphql(create, { input });
    const { data } = await server.graphql(attempt, { input: { name: 'hook' } });
    expect(data.testNotificationTarget.problem).toMatch(/redirect, which is not followed/);
    expect(receiver.received).toHaveLength(1);
  } finally {
    await server.stop();
  }
});
