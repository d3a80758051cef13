import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleWithWebIdentityCommand, type Credentials, STSClient } from '@aws-sdk/client-sts';
import { directoryInput, mutate } from '../operations/ldap-fixture.js';
import { createProvider } from '../operations/oidc-fixture.js';
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

const role = { RoleArn: 'arn:aws:iam::default:role/web', RoleSessionName: 'test' };

test('AssumeRoleWithWebIdentity gives credentials for a token of an OpenID provider', async () => {
  const credentials = { accessKeyId: 'none', secretAccessKey: 'none' };
  const sts = new STSClient({ endpoint: server.s3Url, region: 'us-east-1', credentials, maxAttempts: 1 });
  const WebIdentityToken = await provider.accessToken('ann');
  const made = await sts.send(new AssumeRoleWithWebIdentityCommand({ ...role, WebIdentityToken }));
  expect(made).toMatchObject({
    ...{ SubjectFromWebIdentityToken: 'ann', Audience: resource, Provider: provider.issuer },
    AssumedRoleUser: { Arn: 'arn:aws:sts::default:assumed-role/web/test' },
  });
  const client = s3(made.Credentials);
  expect((await client.send(new ListBucketsCommand({}))).Owner?.DisplayName).toBe('ann');

  await server.graphql('mutation { disableUser(input: { username: "ann" }) { user { id } } }');
  await expect(client.send(new ListBucketsCommand({}))).rejects.toMatchObject({ name: 'InvalidToken' });
  const forged = `${WebIdentityToken.slice(0, -4)}AAAA`;
  await expect(
    sts.send(new AssumeRoleWithWebIdentityCommand({ ...role, WebIdentityToken: forged })),
  ).rejects.toMatchObject({ name: 'InvalidIdentityTokenException' });
});

async function byDirectory(LDAPUsername: string, LDAPPassword: string) {
  const Action = 'AssumeRoleWithLDAPIdentity';
  const body = new URLSearchParams({ Action, Version: '2011-06-15', LDAPUsername, LDAPPassword });
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
