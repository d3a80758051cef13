import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import {
  createClient,
  EventCursor,
  type GranaryClient,
  gql,
  memoryStore,
  type ObjectEvent,
  objectEvents,
  type SubscriptionOptions,
  signIn,
  subscribe,
  upload,
  uploadProgress,
} from '../../packages/client/src/index.js';
import { freePort } from '../support/emulators/free-port.js';
import { eventually } from '../support/process.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;
const bucket = 'watched';

beforeAll(async () => {
  server = await startTestServer({ s3Port: await freePort() });
  await server.s3.send(new CreateBucketCommand({ Bucket: bucket }));
});

afterAll(() => server?.stop());

async function signedIn(options: Partial<Parameters<typeof createClient>[0]> = {}): Promise<GranaryClient> {
  const client = createClient({ url: server.httpUrl, ...options });
  await signIn(client, { username: 'admin', password: server.adminPassword });
  return client;
}

async function put(key: string): Promise<void> {
  await server.s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: 'content' }));
}

/** Gathers events until it is stopped; `begun` once the first has come. */
async function watch(client: GranaryClient, prefix: string, options: SubscriptionOptions) {
  const stopping = new AbortController();
  const seen: ObjectEvent[] = [];
  const ended = (async () => {
    for await (const event of objectEvents(client, { bucket, prefix }, { ...options, signal: stopping.signal })) {
      seen.push(event);
    }
  })();
  ended.catch(() => undefined);
  let tries = 0;
  await eventually(async () => {
    tries += 1;
    await put(`${prefix}begin-${tries}`);
    return seen.length > 0;
  });
  const keys = () => seen.map(({ key }) => key).filter((key) => !key.includes('begin-'));
  return { seen, keys, ended, stop: () => stopping.abort() };
}

const transports = [['websocket'], ['events']] as const;

test.each(transports)('events come by %s in their order, until nobody wants them any more', async (transport) => {
  const watching = await watch(await signedIn(), `${transport}/`, { transport });
  for (const key of ['a', 'b', 'c']) {
    await put(`${transport}/${key}`);
  }
  await eventually(() => watching.keys().length === 3);
  expect(watching.keys()).toEqual(['a', 'b', 'c'].map((key) => `${transport}/${key}`));
  expect(watching.seen.at(-1)).toMatchObject({ change: 'CREATED', actorName: 'admin', object: { size: 7 } });
  watching.stop();
  await watching.ended;
});

/** WebSockets that can be cut, as a network does; and what was sent by them, by its kind. */
function cutSockets() {
  const open = new Set<WebSocket>();
  const sent: string[] = [];
  class Cut extends WebSocket {
    constructor(...given: ConstructorParameters<typeof WebSocket>) {
      super(...given);
      open.add(this);
      this.addEventListener('close', () => open.delete(this));
    }

    override send(message: string): void {
      sent.push(JSON.parse(message).type);
      super.send(message);
    }
  }
  return { open, sent, WebSocket: Cut as typeof WebSocket, cut: () => open.forEach((one) => void one.close()) };
}

/** Connections of both kinds that can be cut; `begun` counts the subscriptions that were asked for. */
function cutConnections() {
  const sockets = cutSockets();
  let cutting = new AbortController();
  let streams = 0;
  const cutFetch: typeof fetch = async (url, init) => {
    if (!String(url).endsWith('/stream')) return fetch(url, init);
    const signal = AbortSignal.any([cutting.signal, ...(init?.signal ? [init.signal] : [])]);
    const answer = await fetch(url, { ...init, signal });
    streams += 1;
    return answer;
  };
  const cut = () => {
    sockets.cut();
    cutting.abort();
    cutting = new AbortController();
  };
  const begun = () => streams + sockets.sent.filter((kind) => kind === 'subscribe').length;
  return { fetch: cutFetch, WebSocket: sockets.WebSocket, cut, begun };
}

/** Gathers keys, from now on or behind a cursor, without a change that would show that it has begun. */
function gather(client: GranaryClient, variables: { prefix: string; after?: string }, options: SubscriptionOptions) {
  const stopping = new AbortController();
  const keys: string[] = [];
  const ended = (async () => {
    for await (const { key } of objectEvents(
      client,
      { bucket, ...variables },
      { ...options, signal: stopping.signal },
    )) {
      keys.push(key.slice(variables.prefix.length));
    }
  })();
  ended.catch(() => undefined);
  const stop = async () => {
    stopping.abort();
    await ended;
  };
  return { keys, stop };
}

test.each(transports)('nothing is lost when the connection breaks before the first event, by %s', async (transport) => {
  const { cut, begun, ...connections } = cutConnections();
  const prefix = `early-${transport}/`;
  const watching = gather(await signedIn(connections), { prefix }, { transport });
  await eventually(() => begun() === 1);
  cut();
  await put(`${prefix}meanwhile`);
  await eventually(() => begun() === 2);
  await put(`${prefix}after`);
  await eventually(() => watching.keys.length >= 2);
  expect(watching.keys).toEqual(['meanwhile', 'after']);
  await watching.stop();
});

const endAccessTokens = 'mutation { rotateSigningKeys(input: { endOldTokens: true }) { userErrors { message } } }';

describe.each(transports)('by %s', (transport) => {
  test.each(['from now on', 'behind a cursor'])(
    'nothing is lost and nothing comes twice when the session is renewed, %s',
    async (from) => {
      const { begun, ...connections } = cutConnections();
      const client = await signedIn(connections);
      const prefix = `${from}-${transport}/`;
      const { eventCursor } = await client.query(EventCursor, { bucket, prefix });
      const after = from === 'behind a cursor' ? { after: eventCursor } : {};
      const watching = gather(client, { prefix, ...after }, { transport });
      await eventually(() => begun() === 1);
      await put(`${prefix}1`);
      await put(`${prefix}2`);
      await eventually(() => watching.keys.length === 2);
      await server.graphql(endAccessTokens, {}, await server.login('admin', server.adminPassword));
      await put(`${prefix}3`);
      await put(`${prefix}4`);
      await eventually(() => watching.keys.length >= 4);
      expect(watching.keys).toEqual(['1', '2', '3', '4']);
      expect(begun()).toBe(2);
      await watching.stop();
    },
  );
});

test('a reader that falls far behind has no more kept for it than a thousand events, and misses none', async () => {
  const sockets = cutSockets();
  const client = await signedIn({ WebSocket: sockets.WebSocket });
  const { eventCursor: after } = await client.query(EventCursor, { bucket });
  const count = 1200;
  await server.granary.database.pool.query(
    `INSERT INTO event (tenant_id, action, bucket_id, key, request_id)
     SELECT b.tenant_id, 's3:PutObject', b.id, 'many/' || n, 'many' FROM bucket b, generate_series(1, ${count}) n
     WHERE b.name = $1 ORDER BY n`,
    [bucket],
  );
  const keys: string[] = [];
  for await (const { key } of objectEvents(client, { bucket, prefix: 'many/', after })) {
    keys.push(key.slice('many/'.length));
    if (keys.length === 1) {
      await eventually(() => sockets.sent.includes('complete'));
    }
    if (keys.length === count) break;
  }
  expect(keys).toEqual(Array.from({ length: count }, (_, index) => String(index + 1)));
  expect(sockets.sent.filter((kind) => kind === 'subscribe')).toHaveLength(2);
});

test('after a lost WebSocket no event is missing and none comes twice', async () => {
  const sockets = cutSockets();
  const watching = await watch(await signedIn({ WebSocket: sockets.WebSocket }), 'lost/', {});
  await put('lost/before');
  await eventually(() => watching.keys().length === 1);
  sockets.cut();
  await put('lost/meanwhile');
  await put('lost/after');
  await eventually(() => watching.keys().length === 3);
  expect(watching.keys()).toEqual(['lost/before', 'lost/meanwhile', 'lost/after']);
  watching.stop();
  await watching.ended;
  await eventually(() => sockets.open.size === 0);
});

test('after a stream that breaks off no event is missing', async () => {
  const { cut, begun, ...connections } = cutConnections();
  const watching = await watch(await signedIn(connections), 'stream/', { transport: 'events' });
  await put('stream/before');
  await eventually(() => watching.keys().length === 1);
  cut();
  await put('stream/meanwhile');
  await eventually(() => watching.keys().length === 2);
  watching.stop();
  await watching.ended;
  expect(begun()).toBe(2);
});

test('two subscriptions share a connection, and it closes with the last', async () => {
  const sockets = cutSockets();
  const client = await signedIn({ WebSocket: sockets.WebSocket });
  const first = await watch(client, 'one/', {});
  const second = await watch(client, 'two/', {});
  expect(sockets.open.size).toBe(1);
  first.stop();
  await first.ended;
  await put('two/still');
  await eventually(() => second.keys().includes('two/still'));
  second.stop();
  await second.ended;
  await eventually(() => sockets.open.size === 0);
});

test.each(transports)(
  'with a token that is no good any more the session is renewed first, by %s',
  async (transport) => {
    const store = memoryStore();
    await signedIn({ auth: { store } });
    const tokens = JSON.parse(String(await store.load()));
    await store.save(JSON.stringify({ ...tokens, accessToken: `${tokens.accessToken}x` }));
    const watching = await watch(createClient({ url: server.httpUrl, auth: { store } }), `renewed-${transport}/`, {
      transport,
    });
    expect(JSON.parse(String(await store.load())).refreshToken).not.toBe(tokens.refreshToken);
    watching.stop();
    await watching.ended;
  },
);

test.each(transports)('what is refused says so, by %s', async (transport) => {
  const client = await signedIn();
  const events = objectEvents(client, { bucket: 'there-is-none' }, { transport });
  await expect(events.next()).rejects.toMatchObject({ code: 'NOT_FOUND' });
  const future = objectEvents(client, { bucket, after: '999999999' }, { transport });
  await expect(future.next()).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  const wrong = subscribe(client, gql<unknown>('subscription { nonsense }'), {}, { transport });
  await expect(wrong.next()).rejects.toMatchObject({ code: 'GRAPHQL_VALIDATION_FAILED' });
  const nobody = createClient({ url: server.httpUrl });
  await expect(objectEvents(nobody, { bucket }, { transport }).next()).rejects.toMatchObject({
    code: 'UNAUTHENTICATED',
  });
});

test('the progress of an upload is told until it is there', async () => {
  const client = await signedIn();
  const part = 5 * 1024 * 1024;
  const task = upload(client, {
    ...{ bucket, key: 'upload', source: new Uint8Array(part + 1), partSize: part, stagedFrom: 1 },
    onStarted: () => task.pause(),
  });
  await eventually(() => task.state === 'paused');
  const states: string[] = [];
  for await (const { state, receivedBytes } of uploadProgress(client, String(task.token?.uploadId))) {
    states.push(`${state} ${receivedBytes}`);
    task.resume();
  }
  expect(states[0]).toBe('OPEN 0');
  expect(states.at(-1)).toBe(`COMPLETED ${part + 1}`);
  await task.done;
});
