import { bucketRoutes, objectRoutes, type Routes, serviceRoutes } from '../../src/s3/routes.js';
import { type RawRequest, send, sendSigned } from '../s3/raw-request.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { bucketCalls, objectCalls, placeFor, requestOf, serviceCalls } from './s3-calls.js';
import { TenantWorld } from './tenant-world.js';
import { VictimRows } from './victim-rows.js';

let server: TestServer;
let victim: TenantWorld;
let attacker: TenantWorld;
let rows: VictimRows;

beforeAll(async () => {
  server = await startTestServer({ replicationAllowPrivate: 'on', notificationAllowPrivate: 'on' });
  victim = await TenantWorld.open(server, 'zeta');
  attacker = await TenantWorld.open(server, 'alpha');
  rows = await VictimRows.of(server, 'zeta');
}, 60_000);

afterAll(async () => {
  expect(server.problems).toEqual([]);
  await server.stop();
});

const kinds = [
  { kind: 'service', routes: serviceRoutes, calls: serviceCalls },
  { kind: 'bucket', routes: bucketRoutes, calls: bucketCalls },
  { kind: 'object', routes: objectRoutes, calls: objectCalls },
] as const;

/** Of all methods and sub-resources that the router knows. A new one that needs a body is missed by its own call. */
const routes = kinds.flatMap(({ kind, routes: known, calls }) =>
  Object.entries(known as Routes).flatMap(([method, names]) =>
    Object.keys(names).map((name) => {
      const title = `${method} ${name}`;
      return { kind, method, name, title: `${kind}: ${title}`, call: calls[title as keyof typeof calls] ?? {} };
    }),
  ),
);

/** What is not there is answered so; what names only what everybody has may be answered with one's own. */
const refusals = [403, 404];

describe.each(routes)('$title', ({ kind, method, name, call }) => {
  const isCreate = kind === 'bucket' && method === 'PUT' && name === '';
  const isForm = kind === 'bucket' && method === 'POST' && name === '';
  const attack = async (owner: string, by: (raw: RawRequest) => ReturnType<typeof sendSigned>) => {
    const place = await placeFor(victim, call);
    const raw = requestOf({ kind, method, name }, call, { place, owner });
    const before = await rows.read();
    const answer = await by(raw);
    expect(await rows.read()).toEqual(before);
    expect(answer.body).not.toContain(`content of ${place.key}`);
    return answer;
  };

  if (kind === 'service') {
    test('shows only what is one’s own', async () => {
      await victim.bucket();
      const { status, body } = await sendSigned(attacker.member, { path: '/' });
      expect(status).toBe(200);
      expect(body).not.toContain('zeta');
    });
    return;
  }

  test('is refused for another tenant’s bucket, by its name and by the tenant’s', async () => {
    for (const owner of ['', 'zeta:']) {
      const { status } = await attack(owner, (raw) => sendSigned(attacker.member, raw));
      if (isForm || isCreate) {
        // A form lacks its policy here; a bucket of the same name is one's own, and a name with a colon is none.
        expect(status >= 400 || (isCreate && owner === '')).toBe(true);
      } else {
        expect(refusals).toContain(status);
      }
    }
  });

  test('is refused with the tenant’s key and a wrong secret, and without any', async () => {
    const forged = { ...attacker.member, accessKeyId: victim.member.accessKeyId };
    expect((await attack('', (raw) => sendSigned(forged, raw))).status).toBe(403);
    const { status } = await attack('zeta:', (raw) => send(attacker.member, raw));
    expect(isForm ? status >= 400 : refusals.includes(status) || (isCreate && status >= 400)).toBe(true);
  });

  if (
    !isForm &&
    !isCreate &&
    !/website|policy|cors|tagging|lifecycle|publicAccess|ownership|encryption|^$/.test(name)
  ) {
    test('is done for who may', async () => {
      const place = await placeFor(victim, call);
      const { status } = await sendSigned(victim.member, requestOf({ kind, method, name }, call, { place, owner: '' }));
      expect(status).toBeLessThan(300);
    });
  }
});

describe('what changes something writes one event', () => {
  const changes = routes.filter(({ kind, method, name }) => {
    const needsMore = kind === 'bucket' && ((method === 'POST' && name === '') || (method === 'PUT' && name === ''));
    // Single parts write none: the upload's begin and end do.
    const isPart = kind === 'object' && method === 'PUT' && name === 'uploadId';
    return kind !== 'service' && !['GET', 'HEAD'].includes(method) && !needsMore && !isPart;
  });

  test.each(changes)('$title', async ({ kind, method, name, call }) => {
    const isDeleteBucket = kind === 'bucket' && method === 'DELETE' && name === '';
    const place = isDeleteBucket
      ? { bucket: await victim.bucket(), key: '', uploadId: '' }
      : await placeFor(victim, call);
    const { status, headers, body } = await sendSigned(
      victim.member,
      requestOf({ kind, method, name }, call, { place, owner: '' }),
    );
    expect({ status: status < 300, body: status < 300 ? '' : body }).toEqual({ status: true, body: '' });
    const events = await victim.sql('SELECT outcome, actor_name, access_key_id FROM event WHERE request_id = $1', [
      headers['x-amz-request-id'],
    ]);
    const event = { outcome: 'SUCCESS', actor_name: 'boss', access_key_id: victim.member.accessKeyId };
    expect(events).toEqual(Array.from({ length: call.events ?? 1 }, () => event));
  });
});

describe('downloads', () => {
  const linkOf = async (
    world: TenantWorld,
    named: { bucket: string; key: string; tenant?: string },
    token?: string,
  ) => {
    const query = `query($bucket: String!, $key: String!, $tenant: String) {
      object(bucket: $bucket, key: $key, tenant: $tenant) { downloadUrl(expiresIn: 60) } bucket(name: $bucket, tenant: $tenant) { zipUrl(expiresIn: 60) }
    }`;
    return (await world.ask(query, named, token)).data;
  };

  test('no link is made to another tenant’s object or folder', async () => {
    const { bucket, key } = await victim.object();
    for (const named of [
      { bucket, key },
      { bucket, key, tenant: 'zeta' },
    ]) {
      expect(await linkOf(attacker, named)).toEqual({ object: null, bucket: null });
    }
  });

  test('a link that was changed, or is another’s in part, opens nothing', async () => {
    const theirs = await victim.object();
    const own = await attacker.object();
    const [link, ownLink] = [await linkOf(victim, theirs), await linkOf(attacker, own)];
    for (const [url, ownUrl] of [
      [link.object.downloadUrl, ownLink.object.downloadUrl],
      [link.bucket.zipUrl, ownLink.bucket.zipUrl],
    ]) {
      const [token, ownToken] = [new URL(url), new URL(ownUrl)].map(({ pathname }) => pathname.split('/').at(-1) ?? '');
      const half = Math.floor((token as string).length / 2);
      const signature = (text: string | undefined) => text?.split('.').at(-1) ?? '';
      const payload = (text: string | undefined) => text?.split('.').slice(0, -1).join('.') ?? '';
      for (const forged of [
        `${token?.slice(0, half)}${token?.[half] === 'A' ? 'B' : 'A'}${token?.slice(half + 1)}`,
        `${payload(token)}.${signature(ownToken)}`,
        payload(token),
        `${token}A`,
      ]) {
        const response = await fetch(`${server.httpUrl}/download/${forged}`);
        expect([400, 403, 404]).toContain(response.status);
        expect(await response.text()).not.toContain('content of');
      }
    }
  });
});
