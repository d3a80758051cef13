import { parseAddressRange } from '../../src/config/address-range.js';
import { send, sendSigned } from '../s3/raw-request.js';
import type { TestServer } from '../support/server.js';
import { expectRefused, openBesiegedServer } from './siege.js';

const forgeries: Record<string, string>[] = [
  { 'x-forwarded-for': '192.0.2.1' },
  { 'X-Forwarded-For': '192.0.2.1, 192.0.2.1' },
  { 'x-real-ip': '192.0.2.1' },
  { forwarded: 'for=192.0.2.1' },
  { 'true-client-ip': '192.0.2.1' },
  { 'x-client-ip': '192.0.2.1' },
];

/** Only the office may read, and only by TLS. */
const policy = {
  Version: '2012-10-17',
  Statement: {
    Effect: 'Allow',
    Principal: '*',
    Action: 's3:GetObject',
    Resource: 'arn:aws:s3:::bucket/*',
    Condition: { IpAddress: { 'aws:SourceIp': '192.0.2.0/24' }, Bool: { 'aws:SecureTransport': 'true' } },
  },
};

async function open(proxies: string[]): Promise<TestServer> {
  const trustedProxies = proxies.map(parseAddressRange).filter((range) => range !== undefined);
  const server = await openBesiegedServer({ trustedProxies });
  const answer = await sendSigned(server, { method: 'PUT', path: '/bucket?policy=', body: JSON.stringify(policy) });
  expect(answer.status).toBe(204);
  return server;
}

async function lastAddress(server: TestServer): Promise<string> {
  const { rows } = await server.granary.database.pool.query('SELECT source_ip FROM event ORDER BY id DESC LIMIT 1');
  return rows[0].source_ip;
}

async function put(server: TestServer, headers: Record<string, string>): Promise<void> {
  expect((await sendSigned(server, { method: 'PUT', path: '/bucket/k', body: 'x', headers })).status).toBe(200);
}

describe('22: without trusted proxies', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await open([]);
  });

  afterAll(async () => {
    expect(server.problems).toEqual([]);
    await server.stop();
  });

  test.each(forgeries)('22: %j is not believed', async (headers) => {
    const forged = { ...headers, 'x-forwarded-proto': 'https' };
    await expectRefused(server, () => send(server, { path: '/bucket/witness', headers: forged }), [
      403,
      'AccessDenied',
    ]);
    await put(server, forged);
    expect(await lastAddress(server)).toBe('127.0.0.1');
  });
});

describe('22: behind a trusted proxy', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await open(['127.0.0.0/8', '::1', '203.0.113.0/24']);
  });

  afterAll(async () => {
    expect(server.problems).toEqual([]);
    await server.stop();
  });

  const tls = { 'x-forwarded-proto': 'https' };

  test('22: what the proxy says is believed', async () => {
    const headers = { ...tls, 'x-forwarded-for': '192.0.2.1, 203.0.113.5' };
    expect((await send(server, { path: '/bucket/witness', headers })).body).toBe('still here');
    await put(server, headers);
    expect(await lastAddress(server)).toBe('192.0.2.1');
  });

  test('22: the audit log is given out by the same address', async () => {
    const password = 'long-secret-words-1';
    const document = {
      Version: '2012-10-17',
      Statement: {
        ...{ Effect: 'Deny', Action: 'granary:ListEvents', Resource: '*' },
        Condition: { NotIpAddress: { 'aws:SourceIp': '192.0.2.0/24' } },
      },
    };
    const { errors } = await server.graphql(
      `mutation($user: CreateUserInput!, $policy: PutInlinePolicyInput!) {
        createUser(input: $user) { userErrors { message } } putInlinePolicy(input: $policy) { userErrors { message } } }`,
      {
        user: { username: 'auditor', password, role: 'TENANT_ADMINISTRATOR' },
        policy: { username: 'auditor', name: 'office', document },
      },
    );
    expect(errors).toBeUndefined();
    const authorization = `Bearer ${await server.login('auditor', password)}`;
    const statusFrom = async (address: string) =>
      (await fetch(`${server.httpUrl}/audit/export`, { headers: { authorization, 'x-forwarded-for': address } }))
        .status;
    expect(await statusFrom('192.0.2.1')).toBe(200);
    expect(await statusFrom('192.0.2.1, 198.51.100.7')).toBe(403);
  });

  test.each([
    { ...tls, 'x-forwarded-for': '192.0.2.1, 198.51.100.7' },
    { ...tls, 'x-forwarded-for': '192.0.2.1, 198.51.100.7, 203.0.113.5' },
    { ...tls, 'x-forwarded-for': '192.0.2.1, nonsense' },
    { 'x-forwarded-proto': 'https, http', 'x-forwarded-for': '192.0.2.1' },
    { 'x-forwarded-for': '192.0.2.1' },
  ])('22: what the client said before, %j, is not', async (headers) => {
    await expectRefused(server, () => send(server, { path: '/bucket/witness', headers }), [403, 'AccessDenied']);
  });
});
