import { send, sendSigned } from '../s3/raw-request.js';
import type { TestServer } from '../support/server.js';
import { expectRefused, openBesiegedServer } from './siege.js';
import { type Member, openTenant } from './tenant-member.js';

let server: TestServer;
let alpha: Member;
let beta: Member;

beforeAll(async () => {
  server = await openBesiegedServer();
  alpha = await openTenant(server, 'alpha');
  beta = await openTenant(server, 'beta');
  await sendSigned(alpha, { method: 'PUT', path: '/files' });
  await sendSigned(alpha, { method: 'PUT', path: '/files/key', body: 'of alpha' });
});

afterAll(async () => {
  expect(server.problems).toEqual([]);
  await server.stop();
});

async function setPolicy(statement: object): Promise<void> {
  const policy = {
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Principal: '*',
      Action: 's3:GetObject',
      Resource: 'arn:aws:s3:::files/*',
      ...statement,
    },
  };
  const answer = await sendSigned(alpha, { method: 'PUT', path: '/files?policy=', body: JSON.stringify(policy) });
  expect(answer.status).toBe(204);
}

const path = '/alpha:files/key';
const byStranger = () => sendSigned(beta, { path });
const byAnybody = () => send(server, { path });

/** Conditions that hold for the stranger and for nobody without credentials. */
const identities: [string, object][] = [
  ['a user’s name', { StringEquals: { 'aws:username': 'boss' } }],
  ['an ARN', { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:user/boss' } }],
  ['a tenant', { StringEquals: { 'aws:PrincipalAccount': ['alpha', 'beta'] } }],
  ['being a user', { StringEquals: { 'aws:PrincipalType': 'User' } }],
  ['having a name', { Null: { 'aws:userid': 'false' } }],
  ['a way of signing', { StringEquals: { 's3:authType': 'REST-HEADER' } }],
  ['a version of signatures', { StringEquals: { 's3:signatureversion': 'AWS4-HMAC-SHA256' } }],
  ['a variable', { StringEquals: { 'aws:username': `\${aws:username}` } }],
];

test.each(identities)('33: * with %s lets the own tenant in, and nobody else', async (_what, Condition) => {
  await setPolicy({ Condition });
  expect((await sendSigned(alpha, { path: '/files/key' })).body).toBe('of alpha');
  await expectRefused(server, byStranger, [404, 'NoSuchBucket']);
  await expectRefused(server, byAnybody, [404, 'NoSuchBucket']);
});

test('33: a public bucket is open to everybody, and read by other tenants as by anybody', async () => {
  await setPolicy({});
  expect((await byStranger()).body).toBe('of alpha');
  expect((await byAnybody()).body).toBe('of alpha');
  await expectRefused(server, () => sendSigned(beta, { method: 'PUT', path, body: 'x' }), [404, 'NoSuchBucket']);
  await expectRefused(server, () => sendSigned(beta, { path: '/alpha:files' }), [404, 'NoSuchBucket']);
});

test('33: public to an address is public to strangers from there', async () => {
  await setPolicy({ Condition: { IpAddress: { 'aws:SourceIp': '127.0.0.0/8' } } });
  expect((await byStranger()).body).toBe('of alpha');
  await setPolicy({ Condition: { IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } } });
  await expectRefused(server, byStranger, [404, 'NoSuchBucket']);
});

test('33: * without credentials of a kind is no more for strangers: a deny sees who they are', async () => {
  await setPolicy({ Condition: { StringNotEquals: { 'aws:PrincipalAccount': 'beta' } } });
  // It is public: whoever shows no credentials has no tenant.
  expect([(await byAnybody()).body, (await byStranger()).body]).toEqual(['of alpha', 'of alpha']);
  const policy = {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: 'arn:aws:s3:::files/*' },
      {
        Effect: 'Deny',
        Principal: '*',
        Action: 's3:*',
        Resource: 'arn:aws:s3:::files/*',
        Condition: { StringEquals: { 'aws:PrincipalAccount': 'beta' } },
      },
    ],
  };
  await sendSigned(alpha, { method: 'PUT', path: '/files?policy=', body: JSON.stringify(policy) });
  expect((await byAnybody()).body).toBe('of alpha');
  await expectRefused(server, byStranger, [404, 'NoSuchBucket']);
});

test('33: everybody of a tenant, or but one, is no stranger', async () => {
  await setPolicy({ Principal: { AWS: 'arn:aws:iam:::root' } });
  await expectRefused(server, byStranger, [404, 'NoSuchBucket']);
  await setPolicy({ Principal: { AWS: ['arn:aws:iam::gamma:root', 'arn:aws:iam::alpha:user/boss'] } });
  await expectRefused(server, byStranger, [404, 'NoSuchBucket']);
  await setPolicy({
    Principal: { AWS: 'arn:aws:iam::beta:user/boss' },
    Condition: { StringEquals: { 'aws:username': 'boss' } },
  });
  expect((await byStranger()).body).toBe('of alpha');
  await expectRefused(server, byAnybody, [404, 'NoSuchBucket']);
});
