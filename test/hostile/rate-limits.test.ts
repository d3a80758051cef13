import { once } from 'node:events';
import { GetObjectCommand, ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { WebSocket } from 'ws';
import { parseAddressRange } from '../../src/config/address-range.js';
import { startGranary } from '../../src/start.js';
import { eventually } from '../support/process.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { openTenant } from './tenant-member.js';

let server: TestServer;
let other: Awaited<ReturnType<typeof startGranary>>;

/** Windows begin at multiples of their length: the next of these begins in 2033. */
const long = (requests: number) => ({ requests, windowMs: 1e12 });
const nothing = () => undefined;
const log = { debug: nothing, info: nothing, warn: nothing, error: nothing };
const loopback = parseAddressRange('127.0.0.1');

beforeAll(async () => {
  server = await startTestServer({
    rateLimitAnonymous: long(20),
    rateLimitSignIn: long(10),
    rateLimitUser: long(40),
    rateLimitBucket: long(30),
    trustedProxies: loopback === undefined ? [] : [loopback],
  });
  other = await startGranary(server.settings, { log, jobs: 'none' });
});

afterAll(async () => {
  await other?.stop();
  // On a machine that stalls for a second each process counts by itself meanwhile, and says so.
  const late = /The store of rate limits is (back|away.*no answer within)/;
  expect(server?.problems.filter((problem) => !late.test(problem))).toEqual([]);
  await server?.stop();
});

/** A request that a trusted proxy says it has from somebody. */
const ask = (from: string, url = `${server.httpUrl}/graphql?query={__typename}`) =>
  fetch(url, { headers: { 'x-forwarded-for': from, 'apollo-require-preflight': 'true' } });

async function statusesOf(requests: (() => Promise<Response>)[]): Promise<Map<number, number>> {
  const statuses = new Map<number, number>();
  for (const request of requests) {
    const { status } = await request();
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
  }
  return statuses;
}

const times = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));

test('72: addresses rotated inside an IPv6 /64 are limited as one, and the next /64 is another', async () => {
  const statuses = await statusesOf(times(40, (i) => () => ask(`2001:db8:0:1:${i}::${i}`)));
  expect(statuses.get(200)).toBeLessThanOrEqual(21);
  expect(statuses.get(200)).toBeGreaterThanOrEqual(20);
  expect(statuses.get(429)).toBeGreaterThanOrEqual(19);
  expect((await ask('2001:db8:0:2::1')).status).toBe(200);
});

test('one budget holds on all processes and both ports, for IPv4 in every form', async () => {
  const places = [server, other].flatMap(({ httpUrl, s3Url }) => [
    `${httpUrl}/graphql?query={__typename}`,
    `${s3Url}/nowhere`,
  ]);
  const forms = ['198.51.100.7', '::ffff:198.51.100.7', '::ffff:c633:6407'];
  const statuses = await statusesOf(times(60, (i) => () => ask(forms[i % 3] ?? '', places[i % 4])));
  const admitted = (statuses.get(200) ?? 0) + (statuses.get(404) ?? 0) + (statuses.get(403) ?? 0);
  expect(admitted).toBeGreaterThanOrEqual(20);
  expect(admitted).toBeLessThanOrEqual(22);
  await eventually(async () => (await ask('198.51.100.7', `${other.s3Url}/nowhere`)).status === 503);
});

test('22: who writes X-Forwarded-For itself is not believed', async () => {
  // The last address is what the proxy saw; what the client wrote stands before it.
  const statuses = await statusesOf(times(40, (i) => () => ask(`203.0.113.${i}, 192.0.2.99`)));
  expect(statuses.get(429)).toBeGreaterThanOrEqual(19);
  const own = await startTestServer({ rateLimitAnonymous: long(20) });
  const direct = await statusesOf(
    times(40, (i) => () => ask(`203.0.113.${i}`, `${own.httpUrl}/graphql?query={__typename}`)),
  );
  expect(direct.get(429)).toBeGreaterThanOrEqual(19);
  await own.stop();
});

test('answers tell of the limit in the headers of the standard, and refusals when to come again', async () => {
  const first = await ask('192.0.2.50');
  expect(first.headers.get('ratelimit-policy')).toBe('"anonymous";q=20;w=1000000000');
  expect(first.headers.get('ratelimit')).toMatch(/^"anonymous";r=19;t=\d+$/);
  expect(first.headers.get('retry-after')).toBeNull();
  let last = first;
  await eventually(async () => {
    last = await ask('192.0.2.50');
    return last.status === 429;
  });
  expect(last.headers.get('ratelimit')).toMatch(/^"anonymous";r=0;t=\d+$/);
  expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await last.json()).toEqual({
    errors: [{ message: expect.stringMatching(/Try again in \d+ s/), extensions: { code: 'RATE_LIMITED' } }],
  });
  const s3 = await ask('192.0.2.50', `${server.s3Url}/nowhere`);
  expect([s3.status, Number(s3.headers.get('retry-after')) > 0]).toEqual([503, true]);
  expect(await s3.text()).toContain('<Code>SlowDown</Code><Message>Please reduce your request rate.');
  expect((await ask('192.0.2.50', `${server.httpUrl}/health`)).status).toBe(200);
});

test('wrong credentials are counted like none', async () => {
  const guess = () =>
    fetch(`${server.httpUrl}/graphql?query={__typename}`, {
      headers: { 'x-forwarded-for': '192.0.2.60', authorization: 'Bearer guessed', 'apollo-require-preflight': 'true' },
    });
  const statuses = await statusesOf(times(40, () => guess));
  expect(statuses.get(429)).toBeGreaterThanOrEqual(19);
  const signature =
    'AWS4-HMAC-SHA256 Credential=GUESSED/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=00';
  const headers = { 'x-forwarded-for': '192.0.2.61', authorization: signature };
  const s3 = await statusesOf(times(40, () => () => fetch(`${server.s3Url}/`, { headers })));
  expect(s3.get(503)).toBeGreaterThanOrEqual(19);
});

test('each attempt to sign in counts, however many a request makes and wherever it goes', async () => {
  // Under many names: whoever has guessed at one name has to wait for other reasons.
  const attempt = (name: number) =>
    `login(input: { username: "nobody${name}", password: "not the password" }) { userErrors { code } }`;
  const query = `mutation { ${times(15, (i) => `a${i}: ${attempt(i)}`).join(' ')} }`;
  const send = async (url: string, text: string) => {
    const headers = { 'content-type': 'application/json', 'x-forwarded-for': '192.0.2.70' };
    const response = await fetch(`${url}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query: text }) });
    const { data } = (await response.json()) as { data: Record<string, { userErrors: { code: string }[] }> };
    return Object.values(data).map((payload) => payload.userErrors[0]?.code);
  };
  const codes = await send(server.httpUrl, query);
  expect(codes.filter((code) => code !== 'RATE_LIMITED').length).toBeLessThanOrEqual(10);
  expect(codes.filter((code) => code === 'RATE_LIMITED').length).toBeGreaterThanOrEqual(5);
  expect(await send(other.httpUrl, `mutation { ${attempt(99)} }`)).toEqual(['RATE_LIMITED']);
  const { rows } = await server.granary.database.pool.query(
    `SELECT sum(hits)::int AS hits FROM rate_limit WHERE subject = 'signIn/192.0.2.70'`,
  );
  expect(rows[0].hits).toBeGreaterThanOrEqual(10);
});

test('users and buckets have limits, which a tenant may have its own of', async () => {
  const member = await openTenant(server, 'busy');
  const { accessKeyId, secretAccessKey } = member;
  const s3 = new S3Client({
    endpoint: server.s3Url,
    region: 'us-east-1',
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: { accessKeyId, secretAccessKey },
  });
  const limits = `mutation { setTenantRateLimits(input: { tenant: "busy", rateLimits: {
    user: { requests: 60, seconds: 86400 }, bucket: { requests: 10, seconds: 86400 } } }) {
    tenant { rateLimits { user { requests seconds } accessKey { requests } bucket { requests seconds } } }
    userErrors { code } } }`;
  expect((await server.graphql(limits)).data.setTenantRateLimits).toEqual({
    tenant: {
      rateLimits: { user: { requests: 60, seconds: 86400 }, accessKey: null, bucket: { requests: 10, seconds: 86400 } },
    },
    userErrors: [],
  });
  const denied = await server.graphql(limits, {}, member.token);
  expect(denied.data.setTenantRateLimits.userErrors).toEqual([{ code: 'DENIED' }]);
  const make = 'mutation { createBucket(input: { name: "hot" }) { userErrors { code } } }';
  await server.graphql(make, {}, member.token);
  const outcomes = new Map<string, number>();
  for (let i = 0; i < 20; i++) {
    const error = await s3.send(new GetObjectCommand({ Bucket: 'hot', Key: 'none' })).catch((thrown: Error) => thrown);
    const name = (error as Error).name;
    outcomes.set(name, (outcomes.get(name) ?? 0) + 1);
  }
  expect(outcomes.get('NoSuchKey')).toBeLessThanOrEqual(10);
  expect(outcomes.get('SlowDown')).toBeGreaterThanOrEqual(9);
  // The bucket is busy, not its user; and in the end the user is.
  expect((await s3.send(new ListBucketsCommand({}))).Buckets).toHaveLength(1);
  await eventually(async () => {
    const error = await s3.send(new ListBucketsCommand({})).catch((thrown: Error) => thrown);
    return (error as Error).name === 'SlowDown';
  });
  s3.destroy();
});

test('subscriptions are requests too, and there are not more connections than the settings say', async () => {
  const subscribe = (i: number) =>
    fetch(
      `${server.httpUrl}/graphql/stream?query=${encodeURIComponent('subscription{objectEvents(bucket:"b"){key}}')}`,
      {
        headers: { 'x-forwarded-for': '192.0.2.77', accept: 'text/event-stream', 'x-turn': String(i) },
      },
    );
  const statuses = await statusesOf(times(30, (i) => () => subscribe(i)));
  expect(statuses.get(429)).toBeGreaterThanOrEqual(9);
  expect(statuses.get(401)).toBeGreaterThanOrEqual(20);
  expect(Number((await subscribe(31)).headers.get('retry-after'))).toBeGreaterThan(0);
});

test('wrong tokens are counted at the doors of subscriptions too', async () => {
  const guess = () =>
    fetch(`${server.httpUrl}/graphql/stream?query=x`, {
      headers: { 'x-forwarded-for': '192.0.2.78', accept: 'text/event-stream', authorization: 'Bearer guessed' },
    });
  const statuses = await statusesOf(times(30, () => guess));
  expect(statuses.get(429)).toBeGreaterThanOrEqual(9);
  expect(statuses.get(401)).toBeGreaterThanOrEqual(20);
  const codes: number[] = [];
  for (let i = 0; i < 30; i++) {
    const headers = { 'x-forwarded-for': '192.0.2.79' };
    const socket = new WebSocket(`${server.httpUrl.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', {
      headers,
    });
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: 'Bearer guessed' } }));
    const [code] = await once(socket, 'close');
    codes.push(code);
  }
  expect(codes.filter((code) => code === 1013).length).toBeGreaterThanOrEqual(9);
  expect(codes.filter((code) => code === 4401).length).toBeGreaterThanOrEqual(20);
});
