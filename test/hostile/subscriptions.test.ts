import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { WebSocket } from 'ws';
import { untilWatching, Watch } from '../http/watch.js';
import { eventually } from '../support/process.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({
    graphiql: 'off',
    subscriptionConnections: 5,
    subscriptionConnectionsPerUser: 3,
    subscriptionHandshakes: 4,
  });
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

/** A WebSocket, with the code that it was closed with, and what it was sent. */
async function openSocket(token?: string): Promise<{ socket: WebSocket; code?: number; types: string[] }> {
  const socket = new WebSocket(`${server.httpUrl.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  const opened: { socket: WebSocket; code?: number; types: string[] } = { socket, types: [] };
  socket.on('close', (code) => {
    opened.code = code;
  });
  socket.on('message', (data) => opened.types.push(JSON.parse(String(data)).type));
  await once(socket, 'open');
  if (token !== undefined) {
    socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }));
  }
  return opened;
}

function openStream(token: string, signal: AbortSignal): Promise<Response> {
  return fetch(`${server.httpUrl}/graphql/stream`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: 'subscription { objectEvents(bucket: "private") { key } }' }),
    signal,
  });
}

async function streamStatus(token: string): Promise<number> {
  const stopping = new AbortController();
  const { status } = await openStream(token, stopping.signal);
  stopping.abort();
  return status;
}

test('68: sockets that say nothing keep nobody out, and give way to each other', async () => {
  const silent: Awaited<ReturnType<typeof openSocket>>[] = [];
  for (let i = 0; i < 12; i++) {
    silent.push(await openSocket());
  }
  await eventually(() => silent.slice(0, 8).every(({ code }) => code === 1013));
  const token = await server.login();
  const member = await openSocket(token);
  await eventually(() => member.types.includes('connection_ack'));
  expect(await streamStatus(token)).toBe(200);
  // They are not waited for, either.
  await eventually(() => silent.every(({ code }) => code !== undefined));
  expect(silent.slice(9).map(({ code }) => code)).toEqual(Array(3).fill(4408));
  expect(member.socket.readyState).toBe(WebSocket.OPEN);
  member.socket.terminate();
});

test('68: one user has no more connections than is its share, and gets those back that it has closed', async () => {
  const token = await server.login();
  await eventually(async () => (await streamStatus(token)) === 200);
  const held: Awaited<ReturnType<typeof openSocket>>[] = [];
  // Those of the tests before may take a moment to end.
  await eventually(async () => {
    const next = await openSocket(token);
    await eventually(() => next.types.includes('connection_ack') || next.code !== undefined);
    if (next.code === undefined) {
      held.push(next);
    }
    return held.length === 3;
  });
  const excess = await openSocket(token);
  await eventually(() => excess.code !== undefined);
  expect(excess.code).toBe(1013);
  expect(await streamStatus(token)).toBe(503);
  await change(
    `mutation { createUser(input: { username: "other", password: "a long enough password 1", role: MEMBER })
      { user { id } userErrors { message } } }`,
  );
  const other = await openSocket(await server.login('other', 'a long enough password 1'));
  await eventually(() => other.types.includes('connection_ack'));
  held[0]?.socket.terminate();
  await eventually(async () => (await streamStatus(token)) === 200);
  for (const { socket } of [...held, other]) {
    socket.terminate();
  }
});

test('68: who goes while it is found out who it is leaves no place taken', async () => {
  await change(
    `mutation { createUser(input: { username: "hasty", password: "a long enough password 1", role: TENANT_ADMINISTRATOR })
      { user { id } userErrors { message } } }`,
  );
  const token = await server.login('hasty', 'a long enough password 1');
  server.granary.credentials.clear();
  const { pool } = server.granary.database;
  const locker = await pool.connect();
  await locker.query('BEGIN; LOCK TABLE user_account, user_session IN ACCESS EXCLUSIVE MODE');
  try {
    const stopping = new AbortController();
    const streams = [1, 2, 3].map(() => openStream(token, stopping.signal).catch((error: Error) => error.name));
    const held = `SELECT 1 FROM pg_locks WHERE NOT granted
      AND relation IN ('user_account'::regclass, 'user_session'::regclass)`;
    await eventually(async () => (await locker.query(held)).rows.length >= streams.length);
    stopping.abort();
    expect(await Promise.all(streams)).toEqual(Array(3).fill('AbortError'));
    // What the server takes to notice it.
    await delay(200);
  } finally {
    await locker.query('ROLLBACK');
    locker.release();
  }
  await eventually(async () => (await streamStatus(token)) === 200);
});

test('a browser that opens the address of the API is told how it is used, where there is no page for it', async () => {
  const response = await fetch(`${server.httpUrl}/graphql`, { headers: { accept: 'text/html' } });
  expect([response.status, await response.json()]).toEqual([
    400,
    {
      errors: [{ message: 'Send operations by POST, as JSON: {"query": "…"}.', extensions: { code: 'BAD_REQUEST' } }],
    },
  ]);
});
