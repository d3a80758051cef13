import { restRoutes } from '../../src/http/rest/routes.js';
import { indexAll } from '../operations/search/search-fixture.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { TenantWorld } from './tenant-world.js';
import { VictimRows } from './victim-rows.js';

let server: TestServer;
let victim: TenantWorld;
let attacker: TenantWorld;
let rows: VictimRows;

beforeAll(async () => {
  server = await startTestServer();
  victim = await TenantWorld.open(server, 'zeta');
  attacker = await TenantWorld.open(server, 'alpha');
  rows = await VictimRows.of(server, 'zeta');
}, 60_000);

afterAll(async () => {
  expect(server.problems).toEqual([]);
  await server.stop();
});

interface Call {
  /** What stands behind `/v1/objects`, of something of this tenant’s. */
  path(world: TenantWorld): Promise<string>;
  body?: string;
  /** The status that the tenant’s own administrator gets, to show that the call is right. */
  own: number;
}

const byId = async (world: TenantWorld) => {
  const { bucket, key } = await world.object();
  const query = 'query($bucket: String!, $key: String!) { object(bucket: $bucket, key: $key) { id } }';
  return `/${(await world.ask(query, { bucket, key })).data.object.id}`;
};

const byKey = async (world: TenantWorld) => {
  const { bucket, key } = await world.object();
  return `/${bucket}/${key}?tenant=${world.tenant}`;
};

const calls: Record<keyof typeof restRoutes, Call> = {
  createObject: {
    path: async (world) => `?tenant=${world.tenant}&bucket=${await world.bucket()}&key=zeta-new`,
    body: 'content',
    own: 201,
  },
  listObjects: { path: async (world) => `?tenant=${world.tenant}&bucket=${(await world.object()).bucket}`, own: 200 },
  searchObjects: {
    path: async (world) => {
      const { bucket } = await world.object();
      await indexAll(server);
      return `/search?tenant=${world.tenant}&bucket=${bucket}&key=${world.tenant}*`;
    },
    own: 200,
  },
  getObjectById: { path: byId, own: 200 },
  headObjectById: { path: byId, own: 200 },
  deleteObjectById: { path: byId, own: 204 },
  getObject: { path: byKey, own: 200 },
  headObject: { path: byKey, own: 200 },
  deleteObject: { path: byKey, own: 204 },
};

describe.each(Object.keys(restRoutes) as (keyof typeof restRoutes)[])('%s', (name) => {
  const { path, body, own } = calls[name];
  const send = async (address: string, token: string | null) => {
    const answer = await fetch(`${server.httpUrl}/v1/objects${address}`, {
      method: restRoutes[name].method,
      headers: token === null ? {} : { authorization: `Bearer ${token}` },
      ...(body === undefined ? {} : { body }),
    });
    return { status: answer.status, text: await answer.text(), headers: JSON.stringify([...answer.headers]) };
  };

  test.each([
    ['names the tenant', (address: string) => address],
    ['leaves the tenant out', (address: string) => address.replace(/tenant=zeta&?/, '')],
  ])('of another tenant’s things is refused and changes nothing when it %s', async (_how, change) => {
    const address = await path(victim);
    const before = await rows.read();
    const foreign = await send(change(address), attacker.member.token);
    expect(await rows.read()).toEqual(before);
    expect([403, 404]).toContain(foreign.status);
    expect(foreign.text.replaceAll(/"instance":"[^"]*"/g, '')).not.toContain('content of');
    expect(foreign.headers).not.toContain('etag');
    expect((await send(address, victim.member.token)).status).toBe(own);
  });

  test('is refused without a token', async () => {
    const address = await path(victim);
    const before = await rows.read();
    expect((await send(address, null)).status).toBe(401);
    expect(await rows.read()).toEqual(before);
  });

  test('answers for what is another’s as for what is not there', async () => {
    const address = await path(victim);
    const id = address.slice(1);
    const missing =
      address.includes('?') || id.includes('/') ? address.replace(/zeta-/g, 'zeta-none-') : `/${otherId(id)}`;
    const [foreign, nothing] = [await send(address, attacker.member.token), await send(missing, attacker.member.token)];
    expect(foreign.status).toBe(nothing.status);
  });
});

/** The id of a version that there is not. */
function otherId(id: string): string {
  const [kind] = Buffer.from(id, 'base64url').toString().split(':');
  return Buffer.from(`${kind}:999999999`).toString('base64url');
}
