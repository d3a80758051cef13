// A page costs the same number of SQL queries however long it is, with everything that can be asked of its items.
import { buffer } from 'node:stream/consumers';
import { type GraphQLOutputType, getNamedType, isObjectType } from 'graphql';
import type { PoolClient } from 'pg';
import { ZipFile } from 'yazl';
import { buildGranarySchema } from '../../src/resolvers/schema.js';
import { selectionOf } from '../isolation/query-calls.js';
import { bucketCalls } from '../isolation/s3-calls.js';
import { TenantWorld } from '../isolation/tenant-world.js';
import { indexAll } from '../operations/search/search-fixture.js';
import { startTestServer, type TestServer } from '../support/server.js';

// Not as many as lists within items have: then their pages would be the same ones.
const [short, long] = [3, 5];
/** What is remembered is read anew twice a minute, perhaps just now; a query for each item is there every time. */
const mostAttempts = 3;
const schema = buildGranarySchema();

let server: TestServer;
let world: TenantWorld;
const queries: string[] = [];

beforeAll(async () => {
  server = await startTestServer({ notificationAllowPrivate: 'on' });
  world = await TenantWorld.open(server, 'counted');
  const watched = new WeakSet<PoolClient>();
  server.granary.database.pool.on('acquire', (client) => {
    if (!watched.has(client)) {
      watched.add(client);
      const query = client.query.bind(client) as (...args: unknown[]) => unknown;
      client.query = ((...args: unknown[]) => {
        const [first] = args;
        const text = typeof first === 'string' ? first : String((first as { text?: string }).text);
        // What was changed before is announced to other processes a moment later.
        if (text.includes('pg_notify')) {
          return query(...args);
        }
        queries.push(
          text
            .replaceAll(/\s+/g, ' ')
            .replaceAll(/('[^']*'(, )?)+/g, '?')
            .replace(/limit \d+$/i, 'LIMIT'),
        );
        return query(...args);
      }) as never;
    }
  });
});

afterAll(async () => server.stop());

interface List {
  /** Makes a list that is long enough. */
  fill(): Promise<unknown>;
  /** An operation that asks for a page of it, with what is to be asked of its items. */
  ask(page: string, items: string): Promise<string>;
  as?: 'administrator';
}

/** Lists within the items of another list: each item has its own, with rights and a place of its own. */
const listsOfTheirOwn = [
  'Bucket.analyticsConfigurations',
  'Bucket.entries',
  'Bucket.intelligentTieringConfigurations',
  'Bucket.inventories',
  'Bucket.metricsConfigurations',
  'Bucket.objects',
  'Bucket.trash',
  'Bucket.uploads',
  'Bucket.versions',
  'Job.errors',
  'ShareLink.accesses',
  'TenantPurge.heldVersions',
];

async function several<Made>(make: () => Promise<Made>): Promise<Made[]> {
  const made: Made[] = [];
  for (let i = 0; i < long; i++) {
    made.push(await make());
  }
  return made;
}

/** A list right under the query. */
function listed(fill: () => Promise<unknown>, field: string, more = ''): List {
  return { fill: () => several(fill), ask: async (page, items) => `{ ${field}(${page}${more}) ${items} }` };
}

async function objects(bucket: string): Promise<void> {
  await several(async () => {
    const object = await world.object(bucket);
    await world.make('setObjectTags', { bucket, key: object.key, tags: [{ key: 'a', value: 'b' }] }, 'object { key }');
    await world.s3('PUT', `/${object.bucket}/${object.key}`, 'another version');
  });
}

/** A list within a bucket of its own. */
function inBucket(field: string, fill: (bucket: string) => Promise<unknown>, settings: object = {}): List {
  let bucket = '';
  return {
    fill: async () => {
      bucket = await world.bucket(settings);
      await fill(bucket);
    },
    ask: async (page, items) => `{ bucket(name: "${bucket}") { ${field}(${page}) ${items} } }`,
  };
}

let inner: { bucket: string; key: string };
let group = '';
let uploadId = '';
/** Of search: in each bucket one object. */
let found: string[] = [];

const lists: Record<string, List> = {
  'Archive.entries': {
    fill: async () => {
      inner = { bucket: await world.bucket(), key: 'packed.zip' };
      await world.s3('PUT', `/${inner.bucket}/${inner.key}`, await zipOf(long));
    },
    ask: async (page, items) =>
      `{ object(bucket: "${inner.bucket}", key: "packed.zip") { archive { entries(${page}) ${items} } } }`,
  },
  'Bucket.analyticsConfigurations': configured('analyticsConfigurations', 'analytics'),
  'Bucket.intelligentTieringConfigurations': configured('intelligentTieringConfigurations', 'intelligent-tiering'),
  'Bucket.inventories': configured('inventories', 'inventory'),
  'Bucket.metricsConfigurations': configured('metricsConfigurations', 'metrics'),
  'Bucket.shareLinks': inBucket('shareLinks', (bucket) => several(() => share(bucket))),
  'Bucket.entries': inBucket('entries', async (bucket) => {
    for (let i = 0; i < long; i++) {
      await world.s3('PUT', `/${bucket}/folder-${i}/object`, 'in a folder');
    }
  }),
  'Bucket.objects': inBucket('objects', objects, { versioning: 'ENABLED' }),
  'Bucket.trash': inBucket('trash', async (bucket) => {
    await world.make('updateBucket', { bucket, trashSeconds: 3600 }, 'bucket { name }');
    await several(async () => {
      const { key } = await world.object(bucket);
      await world.make('deleteObject', { bucket, key }, 'deleteMarker');
    });
  }),
  'Bucket.uploads': inBucket('uploads', async (bucket) => {
    const planned = { bucket, size: 20_000_000 };
    for (let i = 0; i < long; i++) {
      await (i % 2 === 0
        ? world.uploadId({ bucket, key: world.name() })
        : world.make('startUpload', { ...planned, key: world.name() }, 'upload { id }'));
    }
  }),
  'Bucket.versions': inBucket('versions', objects, { versioning: 'ENABLED' }),
  'Group.members': {
    fill: async () => {
      group = await world.group();
      await several(async () =>
        world.make('addUserToGroup', { group, username: await world.user() }, 'group { name }', {
          type: 'GroupMembershipInput',
        }),
      );
    },
    ask: async (page, items) => `{ group(name: "${group}") { members(${page}) ${items} } }`,
  },
  'Job.errors': {
    fill: async () => {
      await world.job();
      await world.sql(
        `INSERT INTO folder_job_error (job_id, key, kind, message)
         SELECT max(j.id), 'key ' || i, 'Denied', 'Access Denied' FROM folder_job j, generate_series(1, ${long}) i GROUP BY i`,
      );
    },
    ask: async (page, items) => `{ jobs(first: 1) { nodes { counted: errors(${page}) ${items} } } }`,
  },
  'Query.accessKeys': listed(() => world.accessKeyId(), 'accessKeys', ', username: "boss"'),
  'Query.apiKeys': listed(() => world.apiKey(), 'apiKeys', ', username: "boss"'),
  'Query.auditLog': listed(() => world.group(), 'auditLog'),
  'Query.buckets': listed(() => world.bucket(), 'buckets'),
  'Query.deadLetters': listed(() => world.deadLetters(), 'deadLetters'),
  'Query.encryptionKeys': listed(() => world.encryptionKey(), 'encryptionKeys'),
  'Query.groups': listed(() => world.group(), 'groups'),
  'Query.iamRoles': listed(() => world.role(), 'iamRoles'),
  'Query.jobs': listed(() => world.job(), 'jobs'),
  'Query.ldapDirectories': { ...listed(() => world.directory(), 'ldapDirectories'), as: 'administrator' },
  'Query.notificationTargets': listed(() => world.notificationTarget(), 'notificationTargets'),
  'Query.oidcProviders': listed(() => world.oidcProvider(), 'oidcProviders'),
  'Query.policies': listed(() => world.policy(), 'policies'),
  'Query.search': {
    fill: async () => {
      found = await several(async () => (await world.object()).bucket);
      await indexAll(server);
    },
    ask: async (page, items) => `{ search(${page}, filter: { buckets: ${JSON.stringify(found)} }) ${items} }`,
  },
  'Query.sessions': listed(
    () => server.login('boss', 'a long password', world.tenant),
    'sessions',
    ', username: "boss"',
  ),
  'Query.shareLinks': listed(() => world.shareLink(), 'shareLinks'),
  'Query.tenantPurges': { ...listed(() => purge(), 'tenantPurges'), as: 'administrator' },
  'Query.tenants': { ...listed(() => world.spareTenant(), 'tenants'), as: 'administrator' },
  'Query.users': listed(() => world.user(), 'users'),
  'ShareLink.accesses': {
    fill: async () => {
      await world.shareLink();
      await world.sql(
        `INSERT INTO share_access (link_id, outcome, request_id)
         SELECT max(l.id), 'VIEWED', 'request ' || i FROM share_link l, generate_series(1, ${long}) i GROUP BY i`,
      );
    },
    ask: async (page, items) => `{ shareLinks(first: 1) { nodes { counted: accesses(${page}) ${items} } } }`,
  },
  'StagedUpload.parts': {
    fill: async () => {
      const object = { bucket: await world.bucket(), key: 'staged' };
      uploadId = await world.uploadId(object);
      for (let part = 2; part <= long; part++) {
        await world.s3('PUT', `/${object.bucket}/staged?partNumber=${part}&uploadId=${uploadId}`, `part ${part}`);
      }
    },
    ask: async (page, items) => `{ upload(id: "${uploadId}") { parts(${page}) ${items} } }`,
  },
  'Storage.damaged': {
    fill: async () => {
      await objects(await world.bucket());
      await world.sql(`UPDATE blob SET damage = 'MISSING', damaged_at = now() WHERE state = 'live'`);
    },
    ask: async (page, items) => `{ storage { damaged(${page}) ${items} } }`,
    as: 'administrator',
  },
  'StoredObject.shareLinks': {
    fill: async () => {
      inner = await world.object();
      await several(() => share(inner.bucket, inner.key));
    },
    ask: async (page, items) =>
      `{ object(bucket: "${inner.bucket}", key: "${inner.key}") { shareLinks(${page}) ${items} } }`,
  },
  'StoredObject.versions': {
    fill: async () => {
      inner = await world.object();
      await several(() => world.s3('PUT', `/${inner.bucket}/${inner.key}`, 'one more'));
    },
    ask: async (page, items) =>
      `{ object(bucket: "${inner.bucket}", key: "${inner.key}") { versions(${page}) ${items} } }`,
  },
  'Viewer.favourites': {
    fill: async () => {
      const bucket = await world.bucket();
      await several(() => world.favourite(bucket));
    },
    ask: async (page, items) => `{ viewer { favourites(${page}) ${items} } }`,
  },
  'Viewer.shareLinks': {
    fill: () => several(() => world.shareLink()),
    ask: async (page, items) => `{ viewer { shareLinks(${page}) ${items} } }`,
  },
  'TenantPurge.heldVersions': {
    fill: async () => {
      const bucket = await world.bucket({ objectLock: {} });
      await several(async () => {
        const { key, versionId } = await world.object(bucket);
        await world.make('setObjectLegalHold', { bucket, key, versionId, legalHold: true }, 'object { key }');
      });
      await purge();
    },
    ask: async (page, items) => `{ tenantPurges(first: 1) { nodes { counted: heldVersions(${page}) ${items} } } }`,
    as: 'administrator',
  },
};

/** Configurations of which a bucket has many. */
function configured(field: string, parameter: string): List {
  const call = bucketCalls[`PUT ${parameter}&id`];
  return inBucket(field, async (bucket) => {
    for (let i = 0; i < long; i++) {
      const body = String(call?.body?.({ bucket } as never)).replace('<Id>a</Id>', `<Id>a${i}</Id>`);
      const { status, body: answer } = await world.s3('PUT', `/${bucket}?${parameter}=&id=a${i}`, body);
      expect([status, answer]).toEqual([expect.any(Number), '']);
    }
  });
}

/** A link to an object, or to all of the bucket. */
async function share(bucket: string, key?: string): Promise<void> {
  if (key === undefined) {
    await world.object(bucket);
  }
  await world.make('createShareLink', { bucket, ...(key === undefined ? { folder: '' } : { key }) }, 'token');
}

/** Of the tenant that is looked at; nothing of it is removed. */
async function purge(): Promise<void> {
  await world.sql(
    `INSERT INTO tenant_purge (tenant_id, tenant_name, state) SELECT id, name, 'HELD' FROM tenant WHERE name = $1`,
    [world.tenant],
  );
}

async function zipOf(files: number): Promise<Buffer> {
  const zip = new ZipFile();
  for (let i = 0; i < files; i++) {
    zip.addBuffer(Buffer.from(`file ${i}`), `file-${i}.txt`);
  }
  zip.end();
  return buffer(zip.outputStream);
}

const connections = Object.values(schema.getTypeMap())
  .filter(isObjectType)
  .filter((type) => !/^(Mutation|Subscription|.*(Connection|Edge|Payload))$/.test(type.name))
  .flatMap((type) =>
    Object.values(type.getFields())
      .filter((field) => getNamedType(field.type).name.endsWith('Connection'))
      .map((field) => ({ name: `${type.name}.${field.name}`, field })),
  );

test('every list of the schema is counted', () => {
  expect(Object.keys(lists).sort()).toEqual(connections.map(({ name }) => name).sort());
});

async function queriesFor(list: List, operation: string): Promise<{ items: unknown[]; sent: string[] }> {
  const token = list.as === 'administrator' ? await server.login() : world.member.token;
  const before = queries.length;
  const answer = await server.graphql(operation, {}, token);
  const sent = queries.slice(before);
  expect(answer.errors).toBeUndefined();
  return { items: itemsOf(answer.data), sent };
}

/** The items of the innermost list that was asked for by name. */
function itemsOf(found: Record<string, unknown>): unknown[] {
  if (Array.isArray(found.nodes)) {
    const [first] = found.nodes;
    return first?.counted?.nodes ?? found.nodes;
  }
  return itemsOf(Object.values(found).find((value) => typeof value === 'object' && value !== null) as typeof found);
}

/** Lists that may be long, which are asked for one by one: a page of items with all of them costs too much. */
const askedAlone = ['Bucket.lifecycle', 'Bucket.notifications', 'Bucket.replication'];

/** What is asked of the items of a list, in one operation each. */
function selectionsOf(item: GraphQLOutputType | undefined): string[] {
  if (item === undefined) {
    return ['{ nodes }'];
  }
  const type = getNamedType(item);
  const fields = isObjectType(type) ? Object.keys(type.getFields()).map((field) => `${type.name}.${field}`) : [];
  const alone = fields.filter((field) => askedAlone.includes(field));
  const left = [
    [...listsOfTheirOwn, ...alone],
    ...alone.map((field) => [...listsOfTheirOwn, ...fields.filter((other) => other !== field)]),
  ];
  return left.map((without) => `{ nodes ${selectionOf(schema, item, { depth: 1, without })} }`);
}

test.each(connections.filter(({ name }) => name in lists))('$name', async ({ name, field }) => {
  const list = lists[name] as List;
  await list.fill();
  const nodes = getNamedType(field.type);
  for (const items of selectionsOf(isObjectType(nodes) ? nodes.getFields().nodes?.type : undefined)) {
    expect(await queriesForMore(list, items)).toEqual([]);
  }
});

/** What the longer page was asked for beyond the shorter one. */
async function queriesForMore(list: List, items: string): Promise<string[]> {
  const [few, many] = await Promise.all([list.ask(`first: ${short}`, items), list.ask(`first: ${long}`, items)]);
  // What is remembered of buckets and people is not to count.
  await queriesFor(list, few);
  await queriesFor(list, many);
  let excess: string[] = [];
  for (let attempt = 0; attempt < mostAttempts; attempt++) {
    const shortPage = await queriesFor(list, few);
    const longPage = await queriesFor(list, many);
    expect([shortPage.items.length, longPage.items.length]).toEqual([short, long]);
    excess = [...longPage.sent];
    for (const text of shortPage.sent) {
      excess.splice(excess.indexOf(text), excess.includes(text) ? 1 : 0);
    }
    if (excess.length === 0) {
      break;
    }
  }
  return excess;
}
