import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  PutBucketVersioningCommand,
  PutObjectTaggingCommand,
} from '@aws-sdk/client-s3';
import { forgetWords } from '../../../src/operations/search/forget-words.js';
import { ObjectIndexer, recheckSearch } from '../../../src/operations/search/index-objects.js';
import { eventually } from '../../support/process.js';
import { startTestServer, type TestServer } from '../../support/server.js';
import { indexAll, put, searchKeys } from './search-fixture.js';

let server: TestServer;
let sql: (text: string, values?: unknown[]) => Promise<Record<string, unknown>[]>;

beforeAll(async () => {
  server = await startTestServer();
  sql = async (text, values) => (await server.granary.database.pool.query(text, values)).rows;
  for (const Bucket of ['plain', 'versions']) {
    await server.s3.send(new CreateBucketCommand({ Bucket }));
  }
  const on = { Bucket: 'versions', VersioningConfiguration: { Status: 'Enabled' as const } };
  await server.s3.send(new PutBucketVersioningCommand(on));
});

beforeEach(async () => {
  await sql('DELETE FROM object_version WHERE NOT delete_marker');
  await sql('DELETE FROM object_version');
  await sql('DELETE FROM search_entry');
  await sql('DELETE FROM search_fact');
});

afterAll(() => server?.stop());

const facts = () =>
  sql(`SELECT b.name, f.kind, f.objects::int, f.bytes::int FROM search_fact f JOIN bucket b ON b.id = f.bucket_id
       WHERE f.objects <> 0 OR f.bytes <> 0 ORDER BY 1, 2`);

test('what is deleted, overwritten or changed is not found any more, even before the index knows', async () => {
  const { s3 } = server;
  await put(s3, { Bucket: 'plain', Key: 'gone', Metadata: { word: 'walrus' } });
  await put(s3, { Bucket: 'plain', Key: 'new', Metadata: { word: 'walrus' } });
  await put(s3, { Bucket: 'plain', Key: 'tagged', Tagging: 'color=red' });
  await indexAll(server);
  const byTag = 'filter: { tags: [{ key: "color", value: "red" }] }';
  expect(await searchKeys(server, 'text: "walrus", orderBy: { field: NAME }')).toEqual(['gone', 'new']);
  expect(await searchKeys(server, byTag)).toEqual(['tagged']);
  expect(await searchKeys(server, 'text: "red"')).toEqual(['tagged']);
  await s3.send(new DeleteObjectCommand({ Bucket: 'plain', Key: 'gone' }));
  await put(s3, { Bucket: 'plain', Key: 'new', Metadata: { word: 'otter' } });
  const Tagging = { TagSet: [{ Key: 'color', Value: 'blue' }] };
  await s3.send(new PutObjectTaggingCommand({ Bucket: 'plain', Key: 'tagged', Tagging }));
  expect(await searchKeys(server, 'text: "walrus"')).toEqual([]);
  expect(await searchKeys(server, byTag)).toEqual([]);
  for (const word of ['red', 're']) {
    expect(await searchKeys(server, `text: "${word}"`)).toEqual([]);
  }
  await indexAll(server);
  expect(await searchKeys(server, 'text: "otter"')).toEqual(['new']);
  expect(await searchKeys(server, byTag.replace('red', 'blue'))).toEqual(['tagged']);
  expect(await sql('SELECT key FROM search_entry ORDER BY key')).toEqual([{ key: 'new' }, { key: 'tagged' }]);
});

test('the current version is found, and the one before it once it is current again', async () => {
  const { s3 } = server;
  await put(s3, { Bucket: 'versions', Key: 'doc', Metadata: { state: 'first' } });
  await put(s3, { Bucket: 'versions', Key: 'doc', Metadata: { state: 'second' } });
  await indexAll(server);
  expect(await searchKeys(server, 'text: "second"')).toEqual(['doc']);
  expect(await searchKeys(server, 'text: "first"')).toEqual([]);
  const marker = await s3.send(new DeleteObjectCommand({ Bucket: 'versions', Key: 'doc' }));
  await indexAll(server);
  expect(await searchKeys(server, 'key: "doc"'.replace('key', 'filter: { key').concat(' }'))).toEqual([]);
  await s3.send(new DeleteObjectCommand({ Bucket: 'versions', Key: 'doc', VersionId: marker.VersionId }));
  await indexAll(server);
  expect(await searchKeys(server, 'text: "second"')).toEqual(['doc']);
});

test('copies, moves, metadata and restored objects are found where they are', async () => {
  const { s3 } = server;
  await put(s3, { Bucket: 'plain', Key: 'from', Metadata: { word: 'heron' } });
  await s3.send(new CopyObjectCommand({ Bucket: 'plain', Key: 'copy', CopySource: 'plain/from' }));
  const change = async (mutation: string, input: object) => {
    const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input`;
    const query = `mutation($input: ${type}!) { answer: ${mutation}(input: $input) { userErrors { message } } }`;
    const { data, errors } = await server.graphql(query, { input });
    expect({ errors, userErrors: data?.answer.userErrors }).toEqual({ errors: undefined, userErrors: [] });
  };
  await change('moveObject', {
    source: { bucket: 'plain', key: 'from' },
    target: { bucket: 'plain', key: 'moved' },
  });
  await change('setObjectMetadata', { bucket: 'plain', key: 'copy', metadata: { word: 'egret' } });
  await indexAll(server);
  expect(await searchKeys(server, 'text: "heron"')).toEqual(['moved']);
  expect(await searchKeys(server, 'text: "egret"')).toEqual(['copy']);
  await change('updateBucket', { bucket: 'plain', trashSeconds: 600 });
  await s3.send(new DeleteObjectCommand({ Bucket: 'plain', Key: 'moved' }));
  await indexAll(server);
  const trash = await server.graphql('{ bucket(name: "plain") { trash(first: 1) { nodes { versionId } } } }');
  const { versionId } = trash.data.bucket.trash.nodes[0];
  await change('restoreObject', { bucket: 'plain', key: 'moved', versionId });
  await indexAll(server);
  expect(await searchKeys(server, 'text: "heron"')).toEqual(['moved']);
});

test('counts by bucket and kind follow', async () => {
  const { s3 } = server;
  await put(s3, { Bucket: 'plain', Key: 'a.png', ContentType: 'image/png', size: 10 });
  await put(s3, { Bucket: 'plain', Key: 'b.jpg', ContentType: 'image/jpeg', size: 20 });
  await put(s3, { Bucket: 'versions', Key: 'c.txt', ContentType: 'text/plain', size: 5 });
  await indexAll(server);
  expect(await facts()).toEqual([
    { name: 'plain', kind: 'image', objects: 2, bytes: 30 },
    { name: 'versions', kind: 'text', objects: 1, bytes: 5 },
  ]);
  await put(s3, { Bucket: 'plain', Key: 'a.png', ContentType: 'text/html', size: 1 });
  await s3.send(new DeleteObjectCommand({ Bucket: 'plain', Key: 'b.jpg' }));
  await indexAll(server);
  expect(await facts()).toEqual([
    { name: 'plain', kind: 'text', objects: 1, bytes: 1 },
    { name: 'versions', kind: 'text', objects: 1, bytes: 5 },
  ]);
});

test('what vanishes while it is indexed is not counted', async () => {
  await sql(`CREATE FUNCTION leave_out() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'`);
  await sql(`CREATE TRIGGER vanish BEFORE INSERT ON search_entry FOR EACH ROW WHEN (NEW.key = 'vanished')
             EXECUTE FUNCTION leave_out()`);
  await put(server.s3, { Bucket: 'plain', Key: 'vanished', ContentType: 'text/plain', size: 3 });
  await put(server.s3, { Bucket: 'plain', Key: 'kept', ContentType: 'text/plain', size: 4 });
  await indexAll(server);
  await sql('DROP FUNCTION leave_out CASCADE');
  expect(await facts()).toEqual([{ name: 'plain', kind: 'text', objects: 1, bytes: 4 }]);
});

test('what was there before, or was missed, is found by a walk over everything, and what is gone is forgotten', async () => {
  for (let i = 0; i < 5; i++) {
    await put(server.s3, { Bucket: 'plain', Key: `lost/${i}`, ContentType: 'text/plain' });
  }
  await indexAll(server);
  await sql(`DELETE FROM search_entry WHERE key IN ('lost/1', 'lost/3')`);
  await sql(`UPDATE search_fact SET objects = objects - 2, bytes = bytes - 2`);
  await sql(`UPDATE search_entry SET version_id = version_id - 1000000 WHERE key = 'lost/2'`);
  await sql(`DELETE FROM object_version WHERE key = 'lost/4'`);
  await recheckSearch(server.granary);
  await indexAll(server);
  const keys = ['lost/0', 'lost/1', 'lost/2', 'lost/3'];
  expect(await searchKeys(server, 'text: "lost", orderBy: { field: NAME }')).toEqual(keys);
  expect(await sql('SELECT key FROM search_entry ORDER BY key')).toEqual(keys.map((key) => ({ key })));
  expect(await facts()).toEqual([{ name: 'plain', kind: 'text', objects: 4, bytes: 4 }]);
});

test('a batch that fails is done again, and several processes leave nothing out', async () => {
  for (let i = 0; i < 10; i++) {
    await put(server.s3, { Bucket: 'plain', Key: `batch/${i}` });
  }
  await sql(`ALTER TABLE search_entry ADD CONSTRAINT broken CHECK (key <> 'batch/7')`);
  await expect(new ObjectIndexer(server.granary).run()).rejects.toThrow('broken');
  await sql('ALTER TABLE search_entry DROP CONSTRAINT broken');
  expect(await sql('SELECT key FROM search_entry')).toEqual([]);
  const indexers = Array.from({ length: 4 }, () => new ObjectIndexer(server.granary));
  for (let round = 0; round < 5; round++) {
    await Promise.all(indexers.map((indexer) => indexer.run()));
  }
  expect(await searchKeys(server, 'text: "batch"')).toHaveLength(10);
});

test('words that no object has any more are forgotten, and those that come back meanwhile are not lost', async () => {
  const wordsNow = async () => (await sql('SELECT word FROM search_word ORDER BY word')).map(({ word }) => word);
  await forgetWords(server.granary);
  expect(await wordsNow()).toEqual([]);
  for (const Key of ['walnut/table', 'walnut/chair', 'cherry/table']) {
    await put(server.s3, { Bucket: 'plain', Key });
  }
  await indexAll(server);
  // More than are looked up at once.
  await sql(`INSERT INTO search_word SELECT w.tenant_id, 'gone' || translate(n::text, '0123456789', 'abcdefghij'), 'x'
             FROM search_word w, generate_series(1, 1200) n WHERE w.word = 'walnut'`);
  const remaining = ['chair', 'cherry', 'table', 'walnut'];
  expect(await forgetWords(server.granary)).toEqual({ looked: 1204, forgotten: 1200 });
  expect(await wordsNow()).toEqual(remaining);
  await server.s3.send(new DeleteObjectCommand({ Bucket: 'plain', Key: 'cherry/table' }));
  await indexAll(server);
  expect(await forgetWords(server.granary)).toEqual({ looked: 4, forgotten: 1 });
  // The indexer remembers that it has written the word; it comes back all the same, and is found when it is mistyped.
  await put(server.s3, { Bucket: 'plain', Key: 'cherry/lamp' });
  await indexAll(server);
  expect(await wordsNow()).toEqual(['chair', 'cherry', 'lamp', 'table', 'walnut']);
  expect(await searchKeys(server, 'text: "chery"')).toEqual(['cherry/lamp']);
  // Written, indexed and deleted all the time, while words are forgotten.
  const stop = new AbortController();
  const forgetting = (async () => {
    while (!stop.signal.aborted) {
      await forgetWords(server.granary, stop);
    }
  })();
  try {
    for (let round = 0; round < 10; round++) {
      await put(server.s3, { Bucket: 'plain', Key: 'maple' });
      await indexAll(server);
      await server.s3.send(new DeleteObjectCommand({ Bucket: 'plain', Key: 'maple' }));
      await indexAll(server);
      await put(server.s3, { Bucket: 'plain', Key: 'maple' });
      // The indexer leaves a turn out when it is not its own.
      await eventually(async () => {
        await indexAll(server);
        return (await sql(`SELECT 1 FROM search_entry WHERE key = 'maple'`)).length > 0;
      });
      expect(await wordsNow()).toContain('maple');
      await server.s3.send(new DeleteObjectCommand({ Bucket: 'plain', Key: 'maple' }));
    }
  } finally {
    stop.abort();
    await forgetting;
  }
  expect(await searchKeys(server, 'text: "cherr", matchTypos: false')).toEqual(['cherry/lamp']);
});

test('a page costs the same number of statements, whatever its size', async () => {
  for (let i = 0; i < 30; i++) {
    await put(server.s3, { Bucket: 'plain', Key: `count/${i}`, Tagging: 'a=b' });
  }
  await indexAll(server);
  const statements = (first: number) =>
    statementsOf(async () => {
      const { data, errors } = await server.graphql(
        `{ search(first: ${first}, text: "count") { nodes { key size tags { key } owner { username } bucket { name } } } }`,
      );
      expect(errors).toBeUndefined();
      expect(data.search.nodes).toHaveLength(first);
    });
  await statements(1);
  // What the server does besides only adds.
  const least = async (first: number) =>
    Math.min(await statements(first), await statements(first), await statements(first));
  expect(await least(30)).toBe(await least(2));
});

interface Client {
  query(...args: unknown[]): unknown;
}

/** How many statements go through the pool meanwhile. */
async function statementsOf(work: () => Promise<void>): Promise<number> {
  const { pool } = server.granary.database;
  const untouched = new Map<Client, Client['query']>();
  let count = 0;
  const onAcquire = (client: Client) => {
    const { query } = client;
    untouched.set(client, query);
    client.query = (...args: unknown[]) => {
      count += 1;
      return query.apply(client, args);
    };
  };
  const onRelease = (_error: unknown, client: Client) => {
    client.query = untouched.get(client) ?? client.query;
    untouched.delete(client);
  };
  pool.on('acquire', onAcquire as never).on('release', onRelease as never);
  try {
    await work();
    return count;
  } finally {
    pool.off('acquire', onAcquire as never).off('release', onRelease as never);
    for (const client of untouched.keys()) {
      onRelease(undefined, client);
    }
  }
}
