import * as iam from '@aws-sdk/client-iam';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleWithWebIdentityCommand, type Credentials, STSClient } from '@aws-sdk/client-sts';
import { toGlobalId } from '../../src/wire/global-id.js';
import { directoryInput, mutate } from '../operations/directories/ldap-fixture.js';
import { createProvider } from '../operations/oidc/oidc-fixture.js';
import { people } from '../support/directory-people.js';
import { type OidcTestProvider, resource, startOidcProvider } from '../support/oidc-provider.js';
import { testUnless } from '../support/programs.js';
import { startTestServer, type TestServer } from '../support/server.js';
import { type Slapd, slapdProblem, startSlapd } from '../support/slapd.js';

const problem = slapdProblem();
let server: TestServer;
let provider: OidcTestProvider;
let slapd: Slapd | undefined;

beforeAll(async () => {
  [server, provider, slapd] = await Promise.all([
    startTestServer({ oidcAllowPrivate: 'on' }),
    startOidcProvider({ accounts: { ann: { preferred_username: 'ann' } } }),
    problem === undefined ? startSlapd() : undefined,
  ]);
  await createProvider(server, {
    ...{ name: 'web', issuer: provider.issuer, clientId: 'granary', audiences: [resource] },
    ...{ algorithms: ['RS256'], acceptBearer: true, defaultRole: 'MEMBER' },
  });
  slapd?.apply(people(slapd.baseDn));
  if (slapd !== undefined) {
    const mappings = [{ group: 'everyone', role: 'MEMBER' }];
    await mutate(server, 'createLdapDirectory', directoryInput(slapd, { mappings }), 'directory { name }');
  }
}, 60_000);

afterAll(async () => {
  const problems = [...(server?.problems ?? [])];
  await provider?.stop();
  await server?.stop();
  await slapd?.stop();
  expect(problems).toEqual([]);
});

function s3(made: Pick<Credentials, 'AccessKeyId' | 'SecretAccessKey' | 'SessionToken'> | undefined): S3Client {
  const credentials = {
    accessKeyId: made?.AccessKeyId ?? '',
    secretAccessKey: made?.SecretAccessKey ?? '',
    sessionToken: made?.SessionToken ?? '',
  };
  return new S3Client({
    endpoint: server.s3Url,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials,
    maxAttempts: 1,
  });
}

const self = { RoleArn: 'arn:aws:iam::default:role/self', RoleSessionName: 'test' };

test('AssumeRoleWithWebIdentity gives credentials for a token of an OpenID provider', async () => {
  const credentials = { accessKeyId: 'none', secretAccessKey: 'none' };
  const sts = new STSClient({ endpoint: server.s3Url, region: 'us-east-1', credentials, maxAttempts: 1 });
  const WebIdentityToken = await provider.accessToken('ann');
  const made = await sts.send(new AssumeRoleWithWebIdentityCommand({ ...self, WebIdentityToken }));
  expect(made).toMatchObject({
    ...{ SubjectFromWebIdentityToken: 'ann', Audience: resource, Provider: provider.issuer },
  });
  const client = s3(made.Credentials);
  expect((await client.send(new ListBucketsCommand({}))).Owner?.DisplayName).toBe('ann');

  await server.graphql('mutation { disableUser(input: { username: "ann" }) { user { id } } }');
  await expect(client.send(new ListBucketsCommand({}))).rejects.toMatchObject({ name: 'InvalidToken' });
  const forged = `${WebIdentityToken.slice(0, -4)}AAAA`;
  await expect(
    sts.send(new AssumeRoleWithWebIdentityCommand({ ...self, WebIdentityToken: forged })),
  ).rejects.toMatchObject({ name: 'InvalidIdentityTokenException' });
});

const roleArn = (name: string) => `arn:aws:iam::default:role/${name}`;

/** A role that may list all buckets. */
async function makeRole(RoleName: string, Principal: object, more: object): Promise<void> {
  const client = new iam.IAMClient({ endpoint: server.s3Url, region: 'us-east-1', credentials: server });
  const document = (Statement: object) => JSON.stringify({ Version: '2012-10-17', Statement });
  const trust = document({ Effect: 'Allow', Principal, ...more });
  await client.send(new iam.CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust }));
  const PolicyDocument = document({ Effect: 'Allow', Action: 's3:ListAllMyBuckets', Resource: '*' });
  await client.send(new iam.PutRolePolicyCommand({ RoleName, PolicyName: 'own', PolicyDocument }));
}

test('a role that trusts a provider is assumed with a token that meets its conditions, by whoever has one', async () => {
  const issuer = provider.issuer.replace(/^https?:\/\//, '');
  const Action = 'sts:AssumeRoleWithWebIdentity';
  const Condition = { StringEquals: { [`${issuer}:aud`]: resource, [`${issuer}:sub`]: 'zoe' } };
  const Federated = `arn:aws:iam::default:oidc-provider/${issuer}`;
  await makeRole('web', { Federated }, { Action, Condition });
  await makeRole('open', '*' as unknown as object, { Action });
  const credentials = { accessKeyId: 'none', secretAccessKey: 'none' };
  const sts = new STSClient({ endpoint: server.s3Url, region: 'us-east-1', credentials, maxAttempts: 1 });
  const assume = async (name: string, subject: string) => {
    const WebIdentityToken = await provider.accessToken(subject);
    const input = { RoleArn: roleArn(name), RoleSessionName: 'night', WebIdentityToken };
    return sts.send(new AssumeRoleWithWebIdentityCommand(input));
  };
  const others = { NotPrincipal: { AWS: 'arn:aws:iam::default:user/ann' } };
  await makeRole('for-others', undefined as unknown as object, { ...others, Action });
  await expect(assume('for-others', 'zoe')).rejects.toMatchObject({ name: 'AccessDenied' });
  const made = await assume('web', 'zoe');
  expect(made.AssumedRoleUser?.Arn).toBe('arn:aws:sts::default:assumed-role/web/night');
  await s3(made.Credentials).send(new ListBucketsCommand({}));
  await expect(assume('web', 'ann')).rejects.toMatchObject({ name: 'AccessDenied' });
  await expect(assume('open', 'zoe')).rejects.toMatchObject({ name: 'AccessDenied' });
  const { data } = await server.graphql('{ users(first: 50) { nodes { username } } }');
  expect(data.users.nodes).not.toContainEqual({ username: 'zoe' });
  const { rows } = await server.granary.database.pool.query('SELECT id FROM oidc_provider');
  const change = (acceptBearer: boolean) =>
    mutate(server, 'updateOidcProvider', { id: toGlobalId('OidcProvider', rows[0].id), acceptBearer }, '');
  await change(false);
  await expect(s3(made.Credentials).send(new ListBucketsCommand({}))).rejects.toMatchObject({ name: 'InvalidToken' });
  await change(true);
});

test('who shows a token for a role says nothing of itself beside it', async () => {
  const said: Record<string, string>[] = [
    { 'Tags.member.1.Key': 'team', 'Tags.member.1.Value': 'red' },
    { 'TransitiveTagKeys.member.1': 'team' },
    { SourceIdentity: 'zoe' },
    { ExternalId: 'secret-1' },
  ];
  const WebIdentityToken = await provider.accessToken('zoe');
  const asked = { RoleArn: roleArn('web'), RoleSessionName: 'night', WebIdentityToken };
  for (const more of said) {
    const named = { Action: 'AssumeRoleWithWebIdentity', Version: '2011-06-15' };
    const body = new URLSearchParams({ ...named, ...asked, ...more });
    const answer = await fetch(server.s3Url, { method: 'POST', body });
    expect([answer.status, await answer.text()]).toEqual([501, expect.stringContaining('NotImplemented')]);
  }
});

async function byDirectory(LDAPUsername: string, LDAPPassword: string, more: Record<string, string> = {}) {
  const Action = 'AssumeRoleWithLDAPIdentity';
  const body = new URLSearchParams({ Action, Version: '2011-06-15', LDAPUsername, LDAPPassword, ...more });
  const answer = await fetch(server.s3Url, { method: 'POST', body });
  const text = await answer.text();
  const read = (name: string) => new RegExp(`<${name}>(.*?)</${name}>`).exec(text)?.[1] ?? '';
  const [AccessKeyId, SecretAccessKey, SessionToken] = ['AccessKeyId', 'SecretAccessKey', 'SessionToken'].map(read);
  return {
    status: answer.status,
    code: read('Code'),
    message: read('Message'),
    credentials: { AccessKeyId, SecretAccessKey, SessionToken },
  };
}

testUnless(problem, 'AssumeRoleWithLDAPIdentity gives credentials for a name and password of a directory', async () => {
  const { status, credentials } = await byDirectory('bob', 'bob-password');
  expect(status).toBe(200);
  expect((await s3(credentials).send(new ListBucketsCommand({}))).Owner?.DisplayName).toBe('Bob Example');
});

testUnless(problem, 'a role that trusts a user of a directory is assumed with its name and password', async () => {
  await makeRole('ldap', { AWS: 'arn:aws:iam::default:user/bob' }, { Action: 'sts:AssumeRole' });
  const asked = (name: string) => ({ RoleArn: roleArn(name), RoleSessionName: 'day' });
  const { status, credentials } = await byDirectory('bob', 'bob-password', asked('ldap'));
  expect(status).toBe(200);
  await s3(credentials).send(new ListBucketsCommand({}));
  expect(await byDirectory('bob', 'bob-password', asked('web'))).toMatchObject({ status: 403, code: 'AccessDenied' });
});

testUnless(problem, 'neither wrong passwords nor those that are kept here give credentials', async () => {
  expect(await byDirectory('bob', 'wrong')).toMatchObject({ status: 403, code: 'AccessDenied' });
  expect(await byDirectory('admin', server.adminPassword)).toMatchObject({ status: 403, code: 'AccessDenied' });
});

testUnless(problem, 'who signs in with a second factor gets no credentials for the password alone', async () => {
  await server.granary.database.pool.query(
    `INSERT INTO second_factor (id, user_id, secret_sealed, confirmed_at)
     SELECT gen_random_uuid(), id, '\\x00', now() FROM user_account WHERE username = 'bob'`,
  );
  expect(await byDirectory('bob', 'bob-password')).toMatchObject({
    ...{ status: 403, code: 'AccessDenied' },
    message: expect.stringContaining('second factor'),
  });
});
