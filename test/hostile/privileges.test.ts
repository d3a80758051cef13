import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { narrowCaller } from '../../src/auth/narrow-caller.js';
import { createBucket } from '../../src/operations/buckets/create-bucket.js';
import type { RequestContext } from '../../src/operations/context.js';
import { createAccessKey } from '../../src/operations/credentials/create-access-key.js';
import { createApiKey } from '../../src/operations/credentials/create-api-key.js';
import { updateAccessKey } from '../../src/operations/credentials/update-access-key.js';
import { createLdapDirectory } from '../../src/operations/directories/create-ldap-directory.js';
import { updateLdapDirectory } from '../../src/operations/directories/update-ldap-directory.js';
import { createGroup } from '../../src/operations/identities/create-group.js';
import { createUser } from '../../src/operations/identities/create-user.js';
import { deleteUser } from '../../src/operations/identities/delete-user.js';
import { addUserToGroup } from '../../src/operations/identities/group-membership.js';
import { createDownloadLink } from '../../src/operations/objects/download-link.js';
import { headObject } from '../../src/operations/objects/get-object.js';
import { createOidcProvider } from '../../src/operations/oidc/create-oidc-provider.js';
import { createPolicy } from '../../src/operations/policies/create-policy.js';
import { putInlinePolicy } from '../../src/operations/policies/inline-policies.js';
import { attachPolicy, detachPolicy } from '../../src/operations/policies/policy-attachments.js';
import { updatePolicy } from '../../src/operations/policies/update-policy.js';
import { resetPassword } from '../../src/operations/sign-in/reset-password.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { startedSession } from '../support/sign-in.js';
import { requestOfAdministrator } from './administrator.js';
import { openTenant } from './tenant-member.js';

let server: TestServer;
const clients: S3Client[] = [];

beforeAll(async () => {
  server = await startTestServer();
  await server.graphql('mutation { createBucket(input: { name: "vault" }) { userErrors { message } } }');
  await server.s3.send(new PutObjectCommand({ Bucket: 'vault', Key: 'gold', Body: 'mine' }));
});

afterAll(async () => {
  for (const client of clients) {
    client.destroy();
  }
  await server?.stop();
});

const mayAll = (Action: string) => ({ Effect: 'Allow', Action, Resource: '*' });

const mayList = {
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Action: ['s3:ListBucket', 'granary:CreateAccessKey', 'granary:UpdateAccessKey'], Resource: '*' },
  ],
};

function clientOf(keys: { accessKeyId: string; secretAccessKey: string }): S3Client {
  const client = new S3Client({
    ...{ endpoint: server.s3Url, region: 'us-east-1', forcePathStyle: true, maxAttempts: 1 },
    credentials: { accessKeyId: keys.accessKeyId, secretAccessKey: keys.secretAccessKey },
  });
  clients.push(client);
  return client;
}

/** The administrator in a session that may only list buckets and make keys. */
async function narrowed(): Promise<RequestContext> {
  const context = await requestOfAdministrator(server);
  if (context.caller.kind !== 'user') {
    throw new Error('The administrator is nobody');
  }
  return { ...context, caller: narrowCaller(context.caller, [[{ name: 'session', document: mayList }]]) };
}

const denied = { name: 'AccessDenied' };

test('17: a key that a restricted session makes is never broader than the session', async () => {
  const session = await narrowed();
  const everything = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };
  for (const sessionPolicy of [undefined, everything]) {
    const { accessKey, secretAccessKey } = await createAccessKey(session, { sessionPolicy });
    const s3 = clientOf({ accessKeyId: accessKey.accessKeyId, secretAccessKey });
    await s3.send(new ListObjectsV2Command({ Bucket: 'vault' }));
    await expect(s3.send(new GetObjectCommand({ Bucket: 'vault', Key: 'gold' }))).rejects.toMatchObject(denied);
    const { accessKeyId } = accessKey;
    await expect(updateAccessKey(session, { accessKeyId, sessionPolicy: null })).rejects.toMatchObject({
      kind: 'Denied',
    });
    // Nor does a key of that key.
    const key = await server.granary.credentials.findAccessKey(accessKeyId);
    const child = await createAccessKey({ ...session, caller: key?.caller ?? session.caller }, {});
    const heir = clientOf({ ...child, accessKeyId: child.accessKey.accessKeyId });
    await heir.send(new ListObjectsV2Command({ Bucket: 'vault' }));
    await expect(heir.send(new GetObjectCommand({ Bucket: 'vault', Key: 'gold' }))).rejects.toMatchObject(denied);
  }
});

test('17: a restricted session does not give anybody a new password, nor itself', async () => {
  const session = await narrowed();
  const everything = [{ name: 'session', document: { Version: '2012-10-17', Statement: [mayAll('granary:*')] } }];
  const caller =
    session.caller.kind === 'user' ? { ...session.caller, sessionPolicies: [], narrowings: [] } : undefined;
  if (caller === undefined) {
    throw new Error('The administrator is nobody');
  }
  const context = { ...session, caller: narrowCaller(caller, [everything]) };
  const user = { username: 'admin', newPassword: 'another long password' };
  await expect(resetPassword(context, user)).rejects.toMatchObject({ kind: 'Denied' });
});

/** The administrator with an API key for managing users, groups and keys alone. */
async function identityManager(): Promise<RequestContext> {
  const context = await requestOfAdministrator(server);
  if (context.caller.kind !== 'user') {
    throw new Error('The administrator is nobody');
  }
  const document = { Version: '2012-10-17', Statement: [mayAll('granary:*')] };
  return { ...context, caller: narrowCaller(context.caller, [[{ name: 'scopes', document }]]) };
}

test('17: a restricted session sets up nobody who says that somebody is an administrator', async () => {
  const session = await identityManager();
  const administrator = await requestOfAdministrator(server);
  const directory = { name: 'own', urls: ['ldaps://ldap.example.com'], baseDn: 'dc=example,dc=com' };
  await expect(createLdapDirectory(session, directory)).rejects.toMatchObject({ kind: 'Denied' });
  await createLdapDirectory(administrator, { ...directory, enabled: false });
  const mappings = [{ group: 'everybody', role: 'ADMINISTRATOR', groups: [], policies: [] } as const];
  await expect(updateLdapDirectory(session, { name: 'own', mappings })).rejects.toMatchObject({ kind: 'Denied' });
  const provider = { name: 'own', issuer: 'https://id.example.com', clientId: 'client' };
  for (const scope of ['GLOBAL', 'TENANT'] as const) {
    await expect(createOidcProvider(session, { ...provider, scope })).rejects.toMatchObject({ kind: 'Denied' });
  }
});

test('17: a key that ends does not put off the end of what it made, nor of itself', async () => {
  const administrator = await requestOfAdministrator(server);
  const expiresAt = new Date(Date.now() + 60_000);
  const { secret } = await createApiKey(administrator, { name: 'brief', scopes: ['FULL'], expiresAt });
  const caller = await server.granary.credentials.findApiKey(secret);
  const brief = { ...administrator, caller: caller ?? administrator.caller };
  const { accessKey } = await createAccessKey(brief, {});
  expect(accessKey.expiresAt).toEqual(expiresAt);
  const { accessKeyId } = accessKey;
  for (const later of [null, new Date(Date.now() + 3_600_000)]) {
    await expect(updateAccessKey(brief, { accessKeyId, expiresAt: later })).rejects.toMatchObject({ kind: 'Denied' });
  }
  await updateAccessKey(brief, { accessKeyId, description: 'Made by a key' });
});

test('17: a key makes no key that may do more or lives longer than itself', async () => {
  const administrator = await requestOfAdministrator(server);
  const expiresAt = new Date(Date.now() + 60_000);
  const scopes = ['IDENTITY_MANAGE', 'OBJECTS_READ'] as const;
  const parent = await createApiKey(administrator, { name: 'parent', scopes, expiresAt });
  const withKey = async (secret: string): Promise<RequestContext> => {
    const caller = await server.granary.credentials.findApiKey(secret);
    return { ...administrator, caller: caller ?? administrator.caller };
  };
  const later = new Date(Date.now() + 3_600_000);
  const child = await createApiKey(await withKey(parent.secret), { name: 'child', scopes: ['FULL'], expiresAt: later });
  expect(child.apiKey.expiresAt).toEqual(expiresAt);
  const asChild = await withKey(child.secret);
  await headObject(asChild, { bucket: 'vault', key: 'gold' });
  await expect(createBucket(asChild, { bucket: 'too-much' })).rejects.toMatchObject({ kind: 'Denied' });
});

test('17: who may delete a user does not come into what the user owns', async () => {
  const administrator = await requestOfAdministrator(server);
  await createUser(administrator, { username: 'owner', role: 'TENANT_ADMINISTRATOR' });
  await createUser(administrator, { username: 'remover', password: 'a long enough password 1' });
  const document = { Version: '2012-10-17', Statement: [mayAll('granary:DeleteUser')] };
  await putInlinePolicy(administrator, { username: 'remover', name: 'removes', document });
  const { user } = await startedSession(
    server.granary,
    { username: 'remover', password: 'a long enough password 1' },
    { requestId: 'hostile', sourceIp: '192.0.2.5' },
  );
  const remover = { ...administrator, caller: user };
  const deletion = deleteUser(remover, { username: 'owner', transferTo: 'remover' });
  await expect(deletion).rejects.toMatchObject({ kind: 'Denied' });
  await deleteUser(remover, { username: 'owner' });
});

test('17: who may make keys for users does not make those that open what only others own', async () => {
  const administrator = await requestOfAdministrator(server);
  const password = 'a long enough password 1';
  for (const username of ['helper', 'holder']) {
    await createUser(administrator, { username, password });
  }
  const document = { Version: '2012-10-17', Statement: [mayAll('granary:*')] };
  await putInlinePolicy(administrator, { username: 'helper', name: 'helps', document });
  const origin = { requestId: 'hostile', sourceIp: '192.0.2.6' };
  const { user } = await startedSession(server.granary, { username: 'helper', password }, origin);
  const helper = { ...administrator, caller: user };
  const refused = { kind: 'Denied' };
  await expect(createAccessKey(helper, { username: 'holder' })).rejects.toMatchObject(refused);
  const scopes = ['FULL'] as const;
  await expect(createApiKey(helper, { username: 'holder', name: 'x', scopes })).rejects.toMatchObject(refused);
  await expect(resetPassword(helper, { username: 'holder' })).rejects.toMatchObject(refused);
  await createAccessKey(helper, {});
  await createAccessKey(administrator, { username: 'holder' });
});

test('a tenant administrator does not lock a global administrator out, by its group or its policy', async () => {
  const administrator = await requestOfAdministrator(server);
  const password = 'a long enough password 1';
  await createUser(administrator, { username: 'local-boss', password, role: 'TENANT_ADMINISTRATOR' });
  const origin = { requestId: 'hostile', sourceIp: '192.0.2.7' };
  const { user } = await startedSession(server.granary, { username: 'local-boss', password }, origin);
  const boss = { ...administrator, caller: user };
  const allowing = { Version: '2012-10-17', Statement: [mayAll('s3:*')] };
  const denying = { Version: '2012-10-17', Statement: [{ Effect: 'Deny', Action: '*', Resource: '*' }] };
  await createGroup(administrator, { name: 'operators' });
  await createPolicy(administrator, { name: 'shared', document: allowing });
  await addUserToGroup(administrator, { group: 'operators', username: 'admin' });
  await attachPolicy(administrator, { username: 'admin', policy: 'shared' });
  const refused = { kind: 'Denied' };
  const inline = { group: 'operators', name: 'nothing', document: denying };
  await expect(putInlinePolicy(boss, inline)).rejects.toMatchObject(refused);
  await createPolicy(boss, { name: 'nothing', document: denying });
  await expect(attachPolicy(boss, { group: 'operators', policy: 'nothing' })).rejects.toMatchObject(refused);
  await expect(updatePolicy(boss, { name: 'shared', document: denying })).rejects.toMatchObject(refused);
  await detachPolicy(administrator, { username: 'admin', policy: 'shared' });
  await updatePolicy(boss, { name: 'shared', document: denying });
});

test('17: a download link of a restricted session is as restricted', async () => {
  const session = await narrowed();
  const administrator = await requestOfAdministrator(server);
  const address = { bucket: 'vault', key: 'gold' };
  const { object } = await headObject(administrator, address);
  expect(await createDownloadLink(session, { address, object, expiresIn: 60 })).toBeNull();
  if (administrator.caller.kind !== 'user') {
    throw new Error('The administrator is nobody');
  }
  const until = Date.now() + 5_000;
  const away = {
    Version: '2012-10-17',
    Statement: [
      {
        ...{ Effect: 'Allow', Action: 's3:*', Resource: '*' },
        Condition: { DateLessThan: { 'aws:CurrentTime': new Date(until).toISOString() } },
      },
    ],
  };
  const caller = narrowCaller(administrator.caller, [[{ name: 'session', document: away }]]);
  const token = await createDownloadLink({ ...administrator, caller }, { address, object, expiresIn: 60 });
  const download = () => fetch(`${server.httpUrl}/download/${token}`);
  expect(await (await download()).text()).toBe('mine');
  await new Promise((resolve) => setTimeout(resolve, until - Date.now() + 50));
  const refused = await download();
  expect(refused.status).toBe(403);
  expect(refused.headers.get('x-granary-decision-id')).toMatch(/^[0-9a-f-]{36}$/);
});

test('18: a new key under an administrator may no more than its policy', async () => {
  const { data } = await server.graphql(
    `mutation($input: CreateAccessKeyInput!) {
      createAccessKey(input: $input) { accessKey { accessKeyId } secretAccessKey userErrors { message } } }`,
    { input: { sessionPolicy: mayList } },
  );
  const { accessKey, secretAccessKey } = data.createAccessKey;
  const s3 = clientOf({ accessKeyId: accessKey.accessKeyId, secretAccessKey });
  await s3.send(new ListObjectsV2Command({ Bucket: 'vault' }));
  await expect(s3.send(new GetObjectCommand({ Bucket: 'vault', Key: 'gold' }))).rejects.toMatchObject(denied);
  await expect(s3.send(new PutObjectCommand({ Bucket: 'vault', Key: 'gold', Body: 'yours' }))).rejects.toMatchObject(
    denied,
  );
});

test('26: what only another tenant has is stored as if nobody had it', async () => {
  const stranger = await openTenant(server, 'stranger');
  const body = 'the same bytes in two tenants';
  await server.s3.send(new PutObjectCommand({ Bucket: 'vault', Key: 'same', Body: body }));
  await server.graphql(
    'mutation { createBucket(input: { name: "own" }) { userErrors { message } } }',
    {},
    stranger.token,
  );
  await clientOf(stranger).send(new PutObjectCommand({ Bucket: 'own', Key: 'same', Body: body }));
  const { rows } = await server.granary.database.pool.query(
    `SELECT count(DISTINCT v.blob_id)::int AS blobs, count(*)::int AS versions FROM object_version v WHERE v.key = 'same'`,
  );
  expect(rows).toEqual([{ blobs: 2, versions: 2 }]);
});

test('30: who may not write does not replace an object, and its bytes stay', async () => {
  const user = 'mutation($input: CreateUserInput!) { createUser(input: $input) { userErrors { message } } }';
  await server.graphql(user, { input: { username: 'reader', role: 'READ_ONLY', password: 'a long password' } });
  const admin = await requestOfAdministrator(server);
  const { accessKey, secretAccessKey } = await createAccessKey(admin, { username: 'reader' });
  const s3 = clientOf({ accessKeyId: accessKey.accessKeyId, secretAccessKey });
  const put = new PutObjectCommand({ Bucket: 'vault', Key: 'gold', Body: 'forged' });
  await expect(s3.send(put)).rejects.toMatchObject({ ...denied, $metadata: { httpStatusCode: 403 } });
  const read = await server.s3.send(new GetObjectCommand({ Bucket: 'vault', Key: 'gold' }));
  expect(await read.Body?.transformToString()).toBe('mine');
});
