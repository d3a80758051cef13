import { setTimeout as delay } from 'node:timers/promises';
import { CreateBucketCommand, DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { createClient as createEventSource } from 'graphql-sse';
import { Client } from 'pg';
import { WebSocket } from 'ws';
import { outOfTime, withDeadline } from '../../src/database/deadline.js';
import { removeOldEvents } from '../../src/operations/audit/remove-old-events.js';
import { EventSealer } from '../../src/operations/audit/seal-events.js';
import { EventFeed } from '../../src/operations/events/event-feed.js';
import { FolderJobRunner } from '../../src/operations/folders/run-folder-jobs.js';
import { startGranary } from '../../src/start.js';
import { eventually } from '../support/process.js';
import { makeS3User, s3Password } from '../support/s3-user.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { objectEvents, type Seen, untilWatching, Watch } from './watch.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server?.stop());

async function put(bucket: string, key: string, body = 'content'): Promise<void> {
  await server.s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
}

async function asAdmin(): Promise<{ url: string; authorization: string }> {
  return { url: server.httpUrl, authorization: `Bearer ${await server.login()}` };
}

async function change(mutation: string, variables: object = {}): Promise<void> {
  const { data, errors } = await server.graphql(mutation, variables);
  expect(errors).toBeUndefined();
  expect(Object.values(data as Record<string, { userErrors: unknown[] }>)[0]?.userErrors).toEqual([]);
}

test('changes by S3 and by GraphQL are seen in their order, with the object as it is', async () => {
  await server.s3.send(new CreateBucketCommand({ Bucket: 'watched' }));
  using watch = new Watch({ bucket: 'watched' }, await asAdmin());
  await untilWatching(server, 'watched', watch);
  await put('watched', 'a', '12345');
  await server.s3.send(new DeleteObjectCommand({ Bucket: 'watched', Key: 'a' }));
  const move = `mutation { moveObject(input: { source: { bucket: "watched", key: "beginning-1" },
    target: { bucket: "watched", key: "moved" } }) { userErrors { message } } }`;
  await change(move);
  await eventually(() => watch.seen.length >= 4);
  expect(watch.keys().slice(0, 2)).toEqual(['CREATED a', 'DELETED a']);
  expect(watch.keys().slice(2).sort()).toEqual(['CREATED moved', 'DELETED beginning-1']);
  expect(watch.seen.find(({ key }) => key === 'moved')).toMatchObject({
    actorName: 'admin',
    bucket: { name: 'watched' },
    object: { key: 'moved', size: 7 },
  });
});

/** Where the events of a bucket are, so that what comes next is watched without an event that shows that it has begun. */
async function cursorOf(bucket: string): Promise<string> {
  const { data } = await server.graphql('query($bucket: String!) { eventCursor(bucket: $bucket) }', { bucket });
  return data.eventCursor;
}

test.each(['ENABLED', 'UNVERSIONED'])(
  'an event has the version that it is about, and its id in the form of objects (%s)',
  async (versioning) => {
    const bucket = `versions-${versioning.toLowerCase()}`;
    await server.s3.send(new CreateBucketCommand({ Bucket: bucket }));
    if (versioning === 'ENABLED') {
      await change(
        'mutation { setBucketVersioning(input: { bucket: "versions-enabled", versioning: ENABLED }) { userErrors { message } } }',
      );
    }
    const after = await cursorOf(bucket);
    await put(bucket, 'k', '1');
    await put(bucket, 'k', '22');
    await put(bucket, 'gone', '1');
    await server.s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'gone' }));
    using watch = new Watch({ bucket, after }, await asAdmin());
    await eventually(() => watch.seen.length === 4);
    const [first, second] = watch.seen;
    expect(second).toMatchObject({ object: { size: 2, versionId: second?.versionId } });
    expect(watch.seen.at(-1)).toMatchObject({ key: 'gone', object: null });
    if (versioning === 'ENABLED') {
      expect(first).toMatchObject({ object: { size: 1, versionId: first?.versionId } });
      expect(first?.versionId).not.toBe(second?.versionId);
    } else {
      expect(watch.seen.map(({ versionId }) => versionId)).toEqual(['null', 'null', 'null', 'null']);
      expect(first?.object).toBeNull();
    }
  },
);

test('who watches does not learn the names of users of other tenants', async () => {
  await change('mutation { createTenant(input: { name: "other" }) { userErrors { message } } }');
  const boss = await makeS3User(server, { username: 'boss', role: 'TENANT_ADMINISTRATOR', tenant: 'other' });
  await boss.s3.send(new CreateBucketCommand({ Bucket: 'theirs' }));
  const token = await server.login('boss', s3Password, 'other');
  const { data } = await server.graphql('{ eventCursor(bucket: "theirs") }', {}, token);
  await boss.s3.send(new PutObjectCommand({ Bucket: 'theirs', Key: 'k', Body: 'content' }));
  await change('mutation($input: SetObjectTagsInput!) { setObjectTags(input: $input) { userErrors { message } } }', {
    input: { tenant: 'other', bucket: 'theirs', key: 'k', tags: [{ key: 'a', value: 'b' }] },
  });
  boss.s3.destroy();
  using watch = new Watch(
    { bucket: 'theirs', after: data.eventCursor },
    { url: server.httpUrl, authorization: `Bearer ${token}` },
  );
  await eventually(() => watch.seen.length === 2);
  expect(watch.seen).toMatchObject([
    { change: 'CREATED', actorName: 'boss' },
    { change: 'UPDATED', actorName: null },
  ]);
});

test('what is deleted from the trash for good, one by one or all at once, is seen with its version', async () => {
  const bucket = 'trashed';
  await server.s3.send(new CreateBucketCommand({ Bucket: bucket }));
  await change('mutation($input: UpdateBucketInput!) { updateBucket(input: $input) { userErrors { message } } }', {
    input: { bucket, trashSeconds: 3600 },
  });
  for (const key of ['one', 'two']) {
    await put(bucket, key);
    await server.s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
  }
  const { data } = await server.graphql('{ bucket(name: "trashed") { trash(first: 5) { nodes { versionId } } } }');
  const ids = data.bucket.trash.nodes.map(({ versionId }: { versionId: string }) => versionId);
  using watch = new Watch({ bucket, changes: ['DELETED'] }, await asAdmin());
  await eventually(async () => {
    await put(bucket, 'beginning');
    await server.s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'beginning' }));
    return watch.seen.length > 0;
  });
  await change(
    'mutation($input: DeleteFromTrashInput!) { deleteFromTrash(input: $input) { userErrors { message } } }',
    { input: { bucket, key: 'one', versionId: ids[0] } },
  );
  await change('mutation { emptyTrash(input: { bucket: "trashed", folder: "" }) { userErrors { message } } }');
  const jobs = new FolderJobRunner(server.granary);
  while (await jobs.runNext());
  const gone = () => watch.seen.filter(({ versionId }) => ids.includes(versionId));
  await eventually(() => gone().length === 2);
  expect(gone()).toMatchObject([
    { change: 'DELETED', key: 'one', versionId: ids[0], object: null },
    { change: 'DELETED', key: 'two', versionId: ids[1], object: null },
  ]);
});

test('a prefix and kinds of changes choose, and a cursor goes on where a lost connection ended', async () => {
  await server.s3.send(new CreateBucketCommand({ Bucket: 'resumed' }));
  using first = new Watch({ bucket: 'resumed', prefix: 'in/', changes: ['CREATED'] }, await asAdmin());
  await untilWatching(server, 'resumed', first, 'in/');
  await put('resumed', 'out/1');
  await put('resumed', 'in/1');
  await eventually(() => first.seen.length === 1);
  const after = first.seen[0]?.cursor;
  first.stop();
  for (let index = 2; index <= 5; index++) {
    await put('resumed', `in/${index}`);
    await server.s3.send(new DeleteObjectCommand({ Bucket: 'resumed', Key: `in/${index}` }));
  }
  using second = new Watch({ bucket: 'resumed', prefix: 'in/', changes: ['CREATED'], after }, await asAdmin());
  await eventually(() => second.seen.length === 4);
  await put('resumed', 'in/6');
  await eventually(() => second.seen.length === 5);
  expect(second.keys()).toEqual(['in/2', 'in/3', 'in/4', 'in/5', 'in/6'].map((key) => `CREATED ${key}`));
});

test('a cursor whose events are partly removed, or that no event has had, is refused', async () => {
  const bucket = 'kept';
  await server.s3.send(new CreateBucketCommand({ Bucket: bucket }));
  const old = await cursorOf(bucket);
  await put(bucket, 'a');
  const late = await cursorOf(bucket);
  await new EventSealer(server.granary).run();
  await removeOldEvents(server.granary, { olderThanSeconds: 0 });
  for (const [after, code] of [
    [old, 'CURSOR_EXPIRED'],
    [String(Number(late) + 1_000_000), 'INVALID_INPUT'],
    ['somewhere', 'INVALID_INPUT'],
  ]) {
    using refused = new Watch({ bucket, after }, await asAdmin());
    await eventually(() => refused.ended);
    expect(refused.errors).toMatchObject([{ extensions: { code } }]);
  }
  using watch = new Watch({ bucket, after: late }, await asAdmin());
  await put(bucket, 'b');
  await eventually(() => watch.seen.length === 1);
  expect(watch.keys()).toEqual(['CREATED b']);
});

test('what another process writes is seen as well, and nothing is left out under concurrent writers', async () => {
  await server.s3.send(new CreateBucketCommand({ Bucket: 'shared' }));
  const other = await startGranary(server.settings, {
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
    jobs: 'none',
  });
  try {
    using watch = new Watch({ bucket: 'shared' }, { ...(await asAdmin()), url: other.httpUrl });
    await untilWatching(server, 'shared', watch);
    const keys = Array.from({ length: 150 }, (_, index) => `k${index}`);
    const queue = keys.values();
    const writer = async () => {
      for (const key of queue) await put('shared', key);
    };
    await Promise.all(Array.from({ length: 8 }, writer));
    await eventually(() => watch.seen.length >= keys.length);
    expect(watch.seen.map(({ key }) => key).sort()).toEqual([...keys].sort());
    const cursors = watch.seen.map(({ cursor }) => Number(cursor));
    expect(cursors).toEqual([...cursors].sort((a, b) => a - b));
  } finally {
    await other.stop();
  }
});

describe('the first look of a process for events', () => {
  let feed: EventFeed;
  let holder: Client;

  beforeEach(async () => {
    const { database, log } = server.granary;
    feed = new EventFeed({ database, log });
    holder = new Client({ connectionString: database.url });
    await holder.connect();
    await holder.query('BEGIN');
  });

  afterEach(async () => {
    await holder.end();
    await feed.stop();
  });

  test('goes on for others when the time of the request is over that began it', async () => {
    await holder.query('ALTER SEQUENCE event_id_seq RENAME TO held_id_seq');
    expect(await withDeadline(200, () => feed.newest())).toBe(outOfTime);
    const second = feed.newest();
    await holder.query('ROLLBACK');
    expect(await second).toBeGreaterThan(0);
  });

  test('waits for who writes just then, but not for ever, and who follows is told nothing from before', async () => {
    await server.s3.send(new CreateBucketCommand({ Bucket: 'begun' }));
    const { rows } = await holder.query(
      `INSERT INTO event (tenant_id, action, request_id) SELECT id, 'test:Slow', 'slow' FROM tenant WHERE name = 'default'
       RETURNING id, tenant_id`,
    );
    const { id, tenant_id: tenantId } = rows[0];
    const stopping = new AbortController();
    const followed = feed.follow(Number(tenantId), { signal: stopping.signal });
    const first = followed.next();
    await expect(feed.newest()).rejects.toMatchObject({ kind: 'Unavailable' });
    await holder.query('COMMIT');
    expect(await feed.newest()).toBeGreaterThanOrEqual(Number(id));
    await put('begun', 'news');
    expect((await first).value).toMatchObject([{ key: 'news' }]);
    stopping.abort();
    await followed.return();
  });
});

test('server-sent events bring the same, and refuse who is not signed in', async () => {
  await server.s3.send(new CreateBucketCommand({ Bucket: 'streamed' }));
  const url = `${server.httpUrl}/graphql/stream`;
  const client = createEventSource({
    url,
    headers: { authorization: `Bearer ${await server.login()}` },
    retryAttempts: 0,
  });
  const seen: string[] = [];
  const stop = client.subscribe(
    { query: objectEvents, variables: { bucket: 'streamed' } },
    {
      next: ({ data }) => seen.push((data as unknown as { objectEvents: Seen }).objectEvents.key),
      error: () => undefined,
      complete: () => undefined,
    },
  );
  await eventually(async () => {
    await put('streamed', 'k');
    await delay(50);
    return seen.includes('k');
  });
  stop();
  client.dispose();
  const refused = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify({ query: objectEvents, variables: { bucket: 'streamed' } }),
  });
  expect(refused.status).toBe(401);
  expect(await refused.json()).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
});

test('a subscription that has nothing to tell ends when its user is disabled, by WebSocket and by cookie', async () => {
  const bucket = 'quiet';
  await server.s3.send(new CreateBucketCommand({ Bucket: bucket }));
  const user = await makeS3User(server, { username: 'leaving', role: 'TENANT_ADMINISTRATOR' });
  user.s3.destroy();
  const token = await server.login('leaving', s3Password);
  using watch = new Watch({ bucket }, { url: server.httpUrl, authorization: `Bearer ${token}` });
  const stream = await fetch(`${server.httpUrl}/graphql/stream`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'text/event-stream',
      cookie: `granary-access=${token}`,
      origin: server.httpUrl,
    },
    body: JSON.stringify({ query: objectEvents, variables: { bucket } }),
  });
  expect(stream.status).toBe(200);
  await untilWatching(server, bucket, watch);
  await change('mutation { disableUser(input: { username: "leaving" }) { userErrors { message } } }');
  const told = await stream.text();
  await eventually(() => watch.ended);
  expect(watch.errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
  expect(told).toContain('"code":"UNAUTHENTICATED"');
});

test('queries, excessive documents and other paths are refused, and the server goes on', async () => {
  using watch = new Watch({ bucket: 'watched' }, await asAdmin());
  const ask = (document: string) =>
    new Promise<{ extensions?: { code?: string } }[]>((resolve, reject) => {
      watch.client.subscribe(
        { query: document },
        {
          next: reject,
          error: (error) => resolve(error as never),
          complete: () => reject(new Error('complete')),
        },
      );
    });
  expect((await ask('{ viewer { user { username } } }'))[0]?.extensions?.code).toBe('BAD_REQUEST');
  expect((await ask('subscription { nothing }'))[0]?.extensions?.code).toBe('GRAPHQL_VALIDATION_FAILED');
  const aliases = Array.from({ length: 100 }, (_, index) => `a${index}: cursor`).join(' ');
  const wide = `subscription { objectEvents(bucket: "watched") { ${aliases} } }`;
  expect((await ask(wide))[0]?.extensions?.code).toBe('QUERY_TOO_COMPLEX');
  const elsewhere = new WebSocket(`${server.httpUrl.replace('http', 'ws')}/elsewhere`, 'graphql-transport-ws');
  const failure = await new Promise<Error>((resolve) => {
    elsewhere.on('error', resolve);
  });
  expect(failure.message).toContain('404');
  expect((await fetch(`${server.httpUrl}/health`)).status).toBe(200);
});

test('a body that is larger than any subscription is refused before it is read', async () => {
  const ask = (body: string | ReadableStream) =>
    fetch(`${server.httpUrl}/graphql/stream`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body,
      ...(typeof body === 'string' ? {} : { duplex: 'half' }),
    } as RequestInit);
  const large = JSON.stringify({ query: objectEvents, variables: { bucket: 'x'.repeat(70_000) } });
  expect((await ask(large)).status).toBe(413);
  let sent = 0;
  const endless = new ReadableStream({
    pull(controller) {
      sent += 1;
      controller.enqueue(new Uint8Array(64 * 1024).fill(32));
    },
  });
  // The connection is closed on a client that goes on sending, which may be what it notices first.
  await ask(endless).catch(() => undefined);
  expect(sent).toBeLessThan(1000);
  expect((await fetch(`${server.httpUrl}/health`)).status).toBe(200);
});
